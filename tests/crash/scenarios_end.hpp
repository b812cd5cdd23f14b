// Scenarios of ends: x takes its end, and dies before it is closed, or while it closes itself.
#pragma once

#include "shm/actor/actor_end.hpp"
#include "shm/actor/slot_order.hpp"
#include "tests/crash/scenarios_turn.hpp"

namespace buskin::test {

inline constexpr Value kTakenEnd = 1'000'004;  ///< What x's exit notice carries when x has taken its end.

inline void decide_end(World& world, Thread& thread, EndWord when) {
  note_end(thread, world.x, {when, TypeIndex::None, std::as_bytes(std::span(&kTakenEnd, 1))});
}

/// As a host does after the last hook of the actor. The notice that it offers is another: what was taken counts.
inline void close_x(World& world, Thread& thread) {
  BUSKIN_CHECK(begin_close(thread, world.x));
  remove_name(thread, world.x);
  drain(thread, world.x, [](Thread&, Lane, Handle) { return LeftMail::ToDeadLetters; });
  push_exit_notice(thread, world.x, world.y, TypeIndex::None, std::as_bytes(std::span(&kExitNotice, 1)));
  release_slot(thread, world.x);
}

/// The second message asks x to end.
inline void handle_and_end(World& world, Thread& thread, LaneReader& reader, const Hand& hand) {
  world.note_handled(hand);
  if (world.value_of(hand.handle) == 2) decide_end(world, thread, {.seq = hand.seq, .lane = Lane::Messages});
  reader.complete(thread, hand);
}

inline void expect_ends_of_x(World& world, std::uint64_t taken) {
  EXPECT_EQ(world.count_notes(Note::Kind::Handled, kTakenEnd), taken);
  EXPECT_EQ(world.count_notes(Note::Kind::Handled, kExitNotice), 0u) << "the reason was replaced";
  EXPECT_EQ(is_open(world.segment(), world.x), taken == 0);
}

inline Scenario ends_with_a_message() {
  Scenario scenario{.name = "EndWithAMessage",
                    .act =
                        [](World& w, Thread& t) {
                          w.serve(t, 2);
                          close_x(w, t);
                        },
                    .prepare = [](World& w) { post_to_x(w, 2); },
                    .handle = handle_and_end};
  // A successor got x only if the end was not taken: then its message came again.
  scenario.rest = [](World& w, Thread& t, LaneReader&) {
    if (taken_end(w.segment(), w.x).has_value()) close_x(w, t);
  };
  scenario.expect = [](World& w) {
    expect_ends_of_x(w, 1);
    EXPECT_EQ(w.count_notes(Note::Kind::DeadLetter, 2), 0u) << "taken before its message was completed";
  };
  return scenario;
}

/// A failure, not a message, decides that x ends.
inline Scenario ends_at_once() {
  Scenario scenario{.name = "EndAtOnce",
                    .act =
                        [](World& w, Thread& t) {
                          w.serve(t, 1);
                          decide_end(w, t, {});
                          close_x(w, t);
                        },
                    .prepare = [](World& w) { post_to_x(w, 1); }};
  scenario.expect = [](World& w) { expect_ends_of_x(w, is_open(w.segment(), w.x) ? 0 : 1); };
  return scenario;
}

/// There was no memory for a message. Its actor finds the order, or none.
inline Scenario order_in_the_slot() {
  Scenario scenario{.name = "OrderInTheSlot", .act = [](World& w, Thread& t) {
                      BUSKIN_CHECK(give_order(t, w.y, SlotOrder::Exit) && give_order(t, w.y, SlotOrder::Restart));
                    }};
  scenario.expect = [](World& w) {
    clear_orders(w.segment(), w.y);
    const std::uint32_t orders = orders_of(w.segment(), w.y);
    EXPECT_TRUE(orders == 0 || orders == static_cast<std::uint32_t>(SlotOrder::Exit));
  };
  return scenario;
}

inline std::vector<Scenario> end_scenarios() { return {ends_with_a_message(), ends_at_once(), order_in_the_slot()}; }

}  // namespace buskin::test
