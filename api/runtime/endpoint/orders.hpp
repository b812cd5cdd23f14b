// Orders: messages of the runtime that ask an actor to do something. Without memory for a message the order stands in
// the actor's slot: so none is lost.
#pragma once

#include "api/runtime/endpoint/system_sender.hpp"
#include "shm/actor/slot_order.hpp"

namespace buskin::runtime {

/// Asks an actor to end, in this lane. False: it is gone.
bool order_exit(SystemSender sender, const shm::Destination& to, bool is_recursive);
/// The same as any other message T of the runtime, or as `order` in the slot.
template <class T, class... Args>
bool post_order(SystemSender sender, shm::ActorId to, shm::SlotOrder order, const Args&... args) {
  return sender.post<T>({.to = {to, shm::Lane::Control}}, args...) || shm::give_order(sender.thread(), to, order);
}

}  // namespace buskin::runtime
