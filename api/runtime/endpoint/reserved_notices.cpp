// Reserved notices: a restart's and an end's.
#include "api/runtime/endpoint/reserved_notices.hpp"

#include <cstring>

#include "api/runtime/endpoint/notifier.hpp"
#include "api/runtime/node/addresses.hpp"
#include "api/runtime/node/type_registry.hpp"
#include "shm/actor/actor_close.hpp"
#include "shm/actor/actor_end.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

static_assert(sizeof(ChildActorExited) <= shm::kExitNoticeMax);
static_assert(sizeof(ChildActorRestarted) <= shm::kCrashNoticeMax);

bool reserve_restart_notice(shm::Thread& thread, shm::ActorId actor, const ActorSpec& spec) {
  shm::Segment& segment = thread.segment();
  const bool is_wanted = shm::has_flag(segment, actor, shm::SlotFlag::kParentWantsRestarts);
  if (!is_wanted || spec.options.supervise.on_crash != Decision::Restart) return true;
  const shm::TypeIndex type = register_message(segment, detail::kMessageInfo<ChildActorRestarted>);
  if (type == shm::TypeIndex::None) return false;
  const ChildActorRestarted notice = restarted(address_in(segment, actor), Code::ActorDied, "its process died");
  const bool is_restart = shm::life_of(segment, actor).state == shm::LifeState::Adopting;
  const shm::WithPurpose purposed(thread, is_restart ? shm::Purpose::Supervision : shm::Purpose::Ordinary);
  return shm::reserve_crash_notice(thread, actor, type, bytes_of(notice)).ok();
}

void note_end(shm::Thread& thread, shm::ActorId actor, const ChildActorExited& notice, const EndAt& at) {
  const shm::TypeIndex type = register_message(thread, detail::kMessageInfo<ChildActorExited>);
  shm::note_end(thread, actor, {{at.seq, at.lane, at.ends_children}, type, bytes_of(notice)});
}

std::optional<ChildActorExited> noted_end(const shm::Segment& segment, shm::ActorId actor) {
  if (!shm::taken_end(segment, actor).has_value()) return std::nullopt;
  const std::span<const std::byte> bytes = shm::exit_notice_of(segment, actor);
  if (bytes.size() != sizeof(ChildActorExited)) return std::nullopt;
  ChildActorExited notice;
  std::memcpy(&notice, bytes.data(), sizeof notice);
  return notice;
}

void send_exit_notice(shm::Thread& thread, shm::ActorId actor, shm::ActorId parent, const ChildActorExited& notice) {
  const shm::TypeIndex type = register_message(thread, detail::kMessageInfo<ChildActorExited>);
  const bool is_known = type != shm::TypeIndex::None;
  shm::push_exit_notice(thread, actor, is_known ? parent : shm::ActorId{}, type, bytes_of(notice));
}

}  // namespace buskin::runtime
