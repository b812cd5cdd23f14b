// restart_orders: messages from an actor that is restarted or ends, to its siblings and to its parent.
#include "api/runtime/recovery/restart_orders.hpp"

#include "api/runtime/endpoint/orders.hpp"
#include "api/runtime/lifecycle/control_messages.hpp"
#include "shm/base/clock.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

void restart_siblings(shm::Thread& thread, shm::ActorId actor) {
  const shm::Segment& segment = thread.segment();
  const shm::ActorId parent = shm::parent_of(segment, actor);
  const std::uint32_t mine = shm::ordinal_of(segment, actor);
  if (!shm::is_open(segment, parent)) return;
  if (!shm::has_flag(segment, parent, shm::SlotFlag::kOneForAll | shm::SlotFlag::kRestForOne)) return;
  const std::uint64_t now = shm::now_ns();
  const bool is_rest = shm::has_flag(segment, parent, shm::SlotFlag::kRestForOne);
  for (const shm::ActorId sibling : shm::children_of(segment, parent)) {
    const bool is_older = shm::ordinal_of(segment, sibling) < mine;
    if (sibling == actor || (is_rest && is_older)) continue;
    (void)post_order<RestartOrder>(SystemSender(thread, actor), sibling, shm::SlotOrder::Restart, now);
  }
}

bool host_by_parent(shm::Thread& thread, shm::ActorId actor) {
  const shm::ActorId parent = shm::parent_of(thread.segment(), actor);
  return post_order<HostOrder>(SystemSender(thread, actor), parent, shm::SlotOrder::HostChildren, actor.word());
}

void escalate(shm::Thread& thread, shm::ActorId actor) {
  const shm::ActorId parent = shm::parent_of(thread.segment(), actor);
  (void)order_exit(SystemSender(thread, actor), {parent}, true);
}

}  // namespace buskin::runtime
