// Outcome: a death, from the record of the thread that died.
#include "api/runtime/cell/outcome.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>

#include "api/runtime/node/type_registry.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

namespace {

bool is_about(const shm::FaultRecord& fault, shm::ActorId actor, shm::Lane lane, const shm::Hand& hand) {
  return fault.actor.read() == actor.word() && fault.lane.read() == shm::to_bits(lane) &&
         (fault.seq.read() & shm::HandWord::kSeqMask48) == (hand.seq & shm::HandWord::kSeqMask48);
}

/// What the thread did of which the process ended, in words.
std::string end_of(const shm::FaultWord& fault, std::uint64_t address) {
  using Kind = shm::FaultWord::Kind;
  using Thread = shm::FaultWord::Thread;
  const std::string number = std::to_string(fault.number);
  if (fault.kind == Kind::Exit) {
    if (fault.thread == Thread::Handler) return "the handler ended its process with exit code " + number;
    return "its process ended with exit code " + number;
  }
  const char* const name = ::sigabbrev_np(fault.number);
  const std::string signal = "SIG" + std::string(name == nullptr ? number : name);
  if (fault.thread == Thread::Other) return "another thread of its process died of " + signal;
  char at[32] = "";
  if (address != 0) std::snprintf(at, sizeof at, " at 0x%llx", static_cast<unsigned long long>(address));
  return "the handler died of " + signal + at;
}

}  // namespace

Outcome death_of(const shm::Segment& segment, shm::ActorId actor, shm::Lane lane, const shm::Hand& hand) {
  const shm::FaultRecord* const fault = shm::fault_of(segment, actor);
  if (fault == nullptr || !is_about(*fault, actor, lane, hand) || shm::fault_word_of(*fault).pack() == 0) {
    return {Code::ActorDied, "the process died " + std::to_string(hand.kills) + " times while it handled this message"};
  }
  return {Code::ActorDied, end_of(shm::fault_word_of(*fault), fault->address.read()), fault};
}

Outcome outcome_of_too_large() {
  return {Code::TooBig, "the turn saves or sends more than the whole memory of the system: raise memory_max"};
}

Outcome unhandled(const detail::HandlerInfo* handler, const detail::Incoming& delivery) {
  if (handler == nullptr || is_readable(*handler, delivery)) {
    return {Code::NotHandled, sentence_of(Code::NotHandled)};
  }
  const Error other = other_schema(*handler->message, delivery.info->schema);
  return {other.code(), other.what()};
}

CrashFacts crash_facts(const Outcome& outcome) {
  CrashFacts facts;
  if (outcome.fault == nullptr) return facts;
  const shm::FaultRecord& fault = *outcome.fault;
  const shm::FaultWord word = shm::fault_word_of(fault);
  if (word.kind == shm::FaultWord::Kind::Signal) facts.signal = static_cast<std::uint32_t>(word.number);
  facts.address = fault.address.read();
  const std::size_t count = std::min<std::size_t>(fault.frames_count.read(), facts.frames.size());
  std::copy_n(fault.frames.begin(), std::min(count, fault.frames.size()), facts.frames.begin());
  return facts;
}

}  // namespace buskin::runtime
