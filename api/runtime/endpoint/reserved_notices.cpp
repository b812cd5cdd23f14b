// Reserved notices: a restart's and an end's.
#include "api/runtime/endpoint/reserved_notices.hpp"

#include "api/runtime/endpoint/notifier.hpp"
#include "api/runtime/node/addresses.hpp"
#include "api/runtime/node/type_registry.hpp"
#include "shm/actor/actor_close.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

bool reserve_restart_notice(shm::Thread& thread, shm::ActorId actor, const ActorSpec& spec) {
  shm::Segment& segment = thread.segment();
  const bool is_wanted = shm::has_flag(segment, actor, shm::SlotFlag::kParentWantsRestarts);
  if (!is_wanted || spec.options.supervise.on_crash != Decision::Restart) return true;
  const shm::TypeIndex type = register_message(segment, detail::kMessageInfo<ChildActorRestarted>);
  if (type == shm::TypeIndex::None) return false;
  const ChildActorRestarted notice = restarted(address_in(segment, actor), Code::ActorDied, "its process died");
  return shm::reserve_crash_notice(thread, actor, type, bytes_of(notice)).ok();
}

void send_exit_notice(shm::Thread& thread, shm::ActorId actor, shm::ActorId parent, const ChildActorExited& notice) {
  const shm::TypeIndex type = register_message(thread, detail::kMessageInfo<ChildActorExited>);
  const bool is_known = type != shm::TypeIndex::None;
  shm::push_exit_notice(thread, actor, is_known ? parent : shm::ActorId{}, type, bytes_of(notice));
}

}  // namespace buskin::runtime
