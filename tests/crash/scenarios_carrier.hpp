// Scenarios of carriers: a message goes on inside the notices about it.
#pragma once

#include "shm/actor/share_entry.hpp"
#include "shm/memory/carrier.hpp"
#include "tests/crash/scenarios_turn.hpp"

namespace buskin::test {

inline Handle make_notice(Thread& thread, Value value, const Carried& carried) {
  return need(make_carrier(thread, {}, std::as_bytes(std::span(&value, 1)), carried));
}

/// x gives its message up: y and the handler of dead letters get it with the notices, which say value + 100 and + 200.
inline void give_up(World& world, Thread& thread, LaneReader& reader, const Hand& hand) {
  const Value value = world.value_of(hand.handle);
  const Handle poison = make_notice(thread, value + 100, {hand.handle, 0});
  const Handle letter = make_notice(thread, value + 200, {hand.handle, 1});
  const std::array<Staged, 3> staged{{shared_input(hand.handle, 2),
                                      {EntryKind::Send, Lane::Messages, poison, world.y},
                                      {EntryKind::Send, Lane::Messages, letter, world.letters}}};
  commit_turn(thread, reader, hand, staged);
}

inline Scenario given_up(std::string name, Delivery delivery) {
  Scenario scenario{.name = std::move(name),
                    .act = [](World& w, Thread& t) { w.serve(t, 2); },
                    .prepare = [](World& w) { post_to_x(w, 2); },
                    .handle = give_up};
  scenario.delivery = delivery;
  scenario.exactly_once = {1, 2, 101, 102};
  scenario.expect = [](World& w) {
    for (const Value value : {Value{1}, Value{2}, Value{201}, Value{202}}) {
      EXPECT_EQ(w.count_notes(Note::Kind::DeadLetter, value), 1u) << value;
    }
  };
  return scenario;
}

/// A group of three of which the second, and the last, is given up.
inline Scenario given_up_in_a_group() {
  Scenario scenario{.name = "GivesUpInAGroup", .act = [](World& w, Thread& t) {
                      LaneReader reader(w.segment(), w.x.index, Lane::Messages);
                      std::vector<Handle> before;
                      std::vector<Staged> staged;
                      Hand last;
                      for (int i = 0; i < 3; ++i) {
                        BUSKIN_CHECK(reader.poll());
                        last = reader.begin(Phase::Running);
                        const Value value = w.value_of(last.handle);
                        staged.emplace_back(EntryKind::Send, Lane::Messages, World::make(t, value * 1000), w.y);
                        if (value != 1) {
                          staged.push_back(shared_input(last.handle, 1));
                          const Handle notice = make_notice(t, value + 100, {last.handle, 0});
                          staged.emplace_back(EntryKind::Send, Lane::Messages, notice, w.y);
                        } else {
                          w.note_handled(last);
                        }
                        if (i != 2) before.push_back(last.handle);
                      }
                      (void)need(reserve_journal(t, staged.size() + 1));
                      commit_turn(t, reader, last, staged, World::make(t, 3), before);
                    }};
  scenario.prepare = [](World& w) { post_to_x(w, 3); };
  scenario.handle = [](World& w, Thread& t, LaneReader& r, const Hand& h) { w.sink(t, r, h); };
  scenario.delivery = Delivery::ExactlyOnce;
  return scenario;
}

/// The same by a sender, of a message that found no receiver.
inline Scenario returned_to_its_sender() {
  return {.name = "NoticesOfASender", .act = [](World& w, Thread& t) {
            const Handle message = World::make(t, 7);
            const std::array<Handle, 2> notices{make_notice(t, 107, {message, 0}), make_notice(t, 207, {message, 1})};
            share_with(t, message, notices);
            const std::array<ActorId, 2> to{w.y, w.letters};
            for (std::size_t i = 0; i < 2; ++i) {
              const SendStatus status = send(t, {to[i], Lane::Messages, Admission::Exempt}, notices[i]);
              BUSKIN_CHECK(status == SendStatus::Accepted);
            }
          }};
}

/// x passes on what a notice brings.
inline Scenario passes_on_what_it_brings() {
  Scenario scenario{.name = "PassesOnWhatANoticeBrings", .act = [](World& w, Thread& t) { w.serve(t, 1); }};
  scenario.prepare = [](World& w) {
    const Handle message = World::make(w.own(), 7);
    const std::array<Handle, 1> notice{make_notice(w.own(), 107, {message, 0})};
    share_with(w.own(), message, notice);
    EXPECT_EQ(send(w.own(), {w.x, Lane::Messages, Admission::Exempt}, notice[0]), SendStatus::Accepted);
  };
  scenario.handle = [](World& w, Thread& t, LaneReader& r, const Hand& h) {
    const Handle message = need(make_envelope_of_carried(t, h.handle));
    const std::array<Staged, 1> staged{{{EntryKind::Send, Lane::Messages, message, w.y}}};
    commit_turn(t, r, h, staged);
  };
  scenario.delivery = Delivery::ExactlyOnce;
  scenario.exactly_once = {7};
  return scenario;
}

/// What was passed on becomes the notice about itself, and goes back to y.
inline Scenario passed_on_gives_back() {
  Scenario scenario = give_back();
  scenario.name = "PassedOnAndReturnedInItsOwnBlock";
  scenario.act = [](World& w, Thread& t) { w.serve(t, 1); };
  scenario.prepare = [](World& w) {
    const Handle message = World::make(w.own(), 7);
    const std::array<Handle, 1> notice{make_notice(w.own(), 107, {message, 0})};
    share_with(w.own(), message, notice);
    const Handle envelope = need(make_envelope_of_carried(w.own(), notice[0]));
    drop(w.own(), notice[0]);
    EXPECT_EQ(send(w.own(), {w.x, Lane::Messages, Admission::Exempt}, envelope), SendStatus::Accepted);
  };
  scenario.exactly_once = {7};
  return scenario;
}

inline std::vector<Scenario> carrier_scenarios() {
  return {given_up("GivesUpWithNotices", Delivery::ExactlyOnce), given_up_in_a_group(), returned_to_its_sender(),
          passes_on_what_it_brings(), passed_on_gives_back()};
}

}  // namespace buskin::test
