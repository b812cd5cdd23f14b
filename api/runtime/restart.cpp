// restart: see restart.hpp.
//
// Floor: runtime.
#include "api/runtime/restart.hpp"

#include <algorithm>
#include <cstring>

#include "buskin/detail/message_info.hpp"
#include "buskin/system_messages.hpp"
#include "shm/segment/payload.hpp"
#include "shm/segment/types.hpp"

namespace buskin::runtime {

bool count_restart(shm::Segment& segment, shm::ActorId actor, const SuperviseOptions& supervise, std::uint64_t now_ns) {
  shm::ActorSlot& slot = segment.slot(actor.index);
  // relaxed: one writer at a time; see the header.
  const std::uint64_t since = slot.window_since_ns.load_relaxed();
  std::uint32_t restarts = slot.restarts.load_relaxed();
  if (since == 0 || now_ns - since > static_cast<std::uint64_t>(supervise.within.count())) {
    slot.window_since_ns.store_relaxed(now_ns);  // relaxed: as above.
    restarts = 0;
  }
  if (restarts >= supervise.restarts) return false;
  // relaxed: as above.
  slot.restarts.store_relaxed(restarts + 1);
  slot.restarts_total.store_relaxed(slot.restarts_total.load_relaxed() + 1);
  return true;
}

Duration backoff_of(const shm::Segment& segment, shm::ActorId actor, const SuperviseOptions& supervise) {
  // relaxed: as in count_restart().
  const std::uint32_t restarts = segment.slot(actor.index).restarts.load_relaxed();
  if (restarts <= 1) return Duration::zero();
  Duration wait = supervise.backoff;
  for (std::uint32_t i = 2; i < restarts && wait < supervise.backoff_max; ++i) wait *= 2;
  return std::min(wait, supervise.backoff_max);
}

shm::Handle answer_of_dead(shm::Thread& thread, const shm::KeptReply& reply) {
  const detail::MessageInfo& info = detail::kMessageInfo<RequestFailed>;
  const auto type = shm::register_type(thread.segment(), {info.id, info.name, info.schema, shm::TypeKind::Message});
  if (!type.ok()) return shm::Handle::None;
  const shm::Envelope envelope{.type = type.value(), .sender = reply.keeper, .correlation = reply.correlation};
  const RequestFailed failed{Code::ActorRestarted, std::string_view(sentence_of(Code::ActorRestarted))};
  std::span<std::byte> place;
  const auto block = shm::open_block(thread, envelope, sizeof failed, place);
  if (!block.ok()) return shm::Handle::None;
  std::memcpy(place.data(), &failed, sizeof failed);
  return block.value();
}

}  // namespace buskin::runtime
