// Orders: each is done by the verbs of the actor.
#include "api/runtime/cell/orders.hpp"

#include "api/runtime/lifecycle/control_messages.hpp"
#include "shm/actor/actors.hpp"
#include "shm/actor/slot_order.hpp"
#include "shm/segment/slot_facts.hpp"
#include "shm/segment/types.hpp"

namespace buskin::runtime {

void take_order(ActorEndpoint& actor, const detail::Incoming& order) {
  using Wish = ActorEndpoint::Wish;
  const std::uint64_t type = order.info->id;
  if (type == detail::message_id<ActorExitRequest>) {
    const bool ends_children = reinterpret_cast<const ActorExitRequest*>(order.bytes.data())->recursive != 0;
    actor.wish(ends_children ? Wish::End : Wish::EndAlone);
  } else if (type == detail::message_id<RestartOrder>) {
    const std::uint64_t at_ns = reinterpret_cast<const RestartOrder*>(order.bytes.data())->at_ns;
    if (at_ns > shm::running_since_ns_of(actor.segment(), actor.id())) actor.wish(Wish::Restart);
  } else if (type == detail::message_id<HostOrder>) {
    const std::uint64_t child = reinterpret_cast<const HostOrder*>(order.bytes.data())->child;
    actor.host_child(shm::ActorId::from_word(child));
  }
}

bool has_slot_orders(const ActorEndpoint& actor) { return shm::orders_of(actor.segment(), actor.id()) != 0; }

void follow_slot_orders(ActorEndpoint& actor) {
  using Wish = ActorEndpoint::Wish;
  const std::uint32_t orders = shm::orders_of(actor.segment(), actor.id());
  forget_slot_orders(actor);
  if (has(orders, shm::SlotOrder::HostChildren)) adopt_children(actor);
  if (has(orders, shm::SlotOrder::Restart)) actor.wish(Wish::Restart);
  if (has(orders, shm::SlotOrder::ExitAlone)) actor.wish(Wish::EndAlone);
  if (has(orders, shm::SlotOrder::Exit)) actor.wish(Wish::End);
}

void forget_slot_orders(ActorEndpoint& actor) { shm::clear_orders(actor.segment(), actor.id()); }

bool take_aside(ActorEndpoint& actor, shm::Handle order) {
  const shm::PayloadView view = shm::view_payload(actor.segment(), order);
  const std::uint64_t type = shm::type_in(actor.segment(), view.type).id;
  if (type == detail::message_id<HostOrder>) {
    actor.host_child(shm::ActorId::from_word(reinterpret_cast<const HostOrder*>(view.bytes.data())->child));
    return true;
  }
  if (type != detail::message_id<RestartOrder>) return false;
  const std::uint64_t at_ns = reinterpret_cast<const RestartOrder*>(view.bytes.data())->at_ns;
  return at_ns <= shm::running_since_ns_of(actor.segment(), actor.id());
}

void say_no_reply(ActorEndpoint& actor, const detail::Incoming& delivery) {
  if (!actor.active().turn.is_asked()) return;
  const RequestFailed failed = request_failed(Code::NoReply, "the receiver handles this message without answering it");
  (void)actor.reply(delivery.sender, delivery.correlation, detail::kMessageInfo<RequestFailed>, bytes_of(failed));
}

void adopt_children(ActorEndpoint& actor) {
  Children& children = actor.need_holdings().children;
  children.adopt(actor.segment(), actor.id());
  for (const shm::ActorId child : children.list()) actor.host_child(child);
}

bool are_children_gone(ActorEndpoint& actor) {
  Holdings* const holdings = actor.holdings();
  if (holdings == nullptr || holdings->children.is_empty()) return true;
  if (!holdings->notes.ends_children()) {
    holdings->children.release(actor.segment());
    return true;
  }
  const std::vector<shm::ActorId> untold = holdings->children.take_untold();
  for (const shm::ActorId child : untold) actor.Outbox::exit(actor.address_of(child), {});
  if (!untold.empty()) return false;
  const auto alive = holdings->children.next_alive(actor.segment());
  if (alive.has_value()) actor.host_child(*alive);
  return !alive.has_value();
}

void report_restart(ActorEndpoint& actor, Code why, const std::string& reason) {
  if (!shm::has_flag(actor.segment(), actor.id(), shm::SlotFlag::kParentWantsRestarts)) return;
  (void)actor.tell(shm::parent_of(actor.segment(), actor.id()), restarted(actor.self(), why, reason));
}

}  // namespace buskin::runtime
