// Outcome: a death, from the record of the thread that died.
#include "api/runtime/cell/outcome.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

namespace {

bool is_about(const shm::FaultRecord& fault, shm::ActorId actor, shm::Lane lane, const shm::Hand& hand) {
  return fault.actor.read() == actor.word() && fault.lane.read() == shm::to_bits(lane) &&
         (fault.seq.read() & shm::HandWord::kSeqMask48) == (hand.seq & shm::HandWord::kSeqMask48);
}

}  // namespace

Outcome death_of(const shm::Segment& segment, shm::ActorId actor, shm::Lane lane, const shm::Hand& hand) {
  const shm::FaultRecord* const fault = shm::fault_of(segment, actor);
  if (fault == nullptr || !is_about(*fault, actor, lane, hand) || shm::signal_of(*fault) == 0) {
    return {Code::ActorDied, "the process died " + std::to_string(hand.kills) + " times while it handled this message"};
  }
  char text[96];
  const char* const name = ::sigabbrev_np(shm::signal_of(*fault));
  std::snprintf(text, sizeof text, "the handler died of SIG%s at 0x%llx", name == nullptr ? "?" : name,
                static_cast<unsigned long long>(fault->address.read()));
  return {Code::ActorDied, text, fault};
}

CrashFacts crash_facts(const Outcome& outcome) {
  CrashFacts facts;
  if (outcome.fault == nullptr) return facts;
  const shm::FaultRecord& fault = *outcome.fault;
  facts.signal = static_cast<std::uint32_t>(shm::signal_of(fault));
  facts.address = fault.address.read();
  const std::size_t count = std::min<std::size_t>(fault.frames_count.read(), facts.frames.size());
  std::copy_n(fault.frames.begin(), std::min(count, fault.frames.size()), facts.frames.begin());
  return facts;
}

}  // namespace buskin::runtime
