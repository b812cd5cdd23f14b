// Orders: what an actor does for the runtime and for its family, beside what its handlers do.
#pragma once

#include <string>

#include "api/runtime/cell/actor_endpoint.hpp"

namespace buskin::runtime {

/// An order of the runtime, in a turn. What it asks for is done when the turn is complete.
void take_order(ActorEndpoint& actor, const detail::Incoming& order);
/// The same for orders that stand in the slot, because there was no memory for a message (shm/actor/slot_order.hpp).
bool has_slot_orders(const ActorEndpoint& actor);
void follow_slot_orders(ActorEndpoint& actor);
/// The actor starts, which does what they ask for, unless they ask it to end.
void forget_slot_orders(ActorEndpoint& actor);
/// Carries out an order that concerns a child alone, or nothing any more, beside the turn under way. False: it
/// concerns the actor.
bool take_aside(ActorEndpoint& actor, shm::Handle order);
/// The handler of this message cannot answer: its sender need not wait for its deadline.
void say_no_reply(ActorEndpoint& actor, const detail::Incoming& delivery);

/// For a successor: the children are its own, and those that it has to host are hosted.
void adopt_children(ActorEndpoint& actor);
/// The actor ends: asks its children to end and looks whether they are gone, or makes them top-level actors.
bool are_children_gone(ActorEndpoint& actor);
/// To the parent, if it wants to hear of restarts.
void report_restart(ActorEndpoint& actor, Code why, const std::string& reason);

}  // namespace buskin::runtime
