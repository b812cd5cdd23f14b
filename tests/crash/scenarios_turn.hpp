// Scenarios of turns: outputs, overflow, forwards, saved state, targets that are gone.
#pragma once

#include "shm/memory/returned.hpp"
#include "tests/crash/world.hpp"

namespace buskin::test {

inline void post_to_x(World& world, Value last) {
  for (Value v = 1; v <= last; ++v) world.post(world.own(), world.x, v);
}

/// Consumes the message and sends value * 100 + i to y, for i below `outputs`, as one turn.
inline void relay(World& world, Thread& thread, LaneReader& reader, const Hand& hand, std::uint64_t outputs,
                  Handle saved = Handle::None) {
  world.note_handled(hand);
  std::vector<Staged> staged;
  const Value value = world.value_of(hand.handle);
  for (Value i = 0; i < outputs; ++i) {
    staged.push_back({EntryKind::Send, Lane::Messages, World::make(thread, value * 100 + i), world.y});
  }
  (void)need(reserve_journal(thread, staged.size() + (saved == Handle::None ? 0 : 1)));
  commit_turn(thread, reader, hand, staged, saved);
}

/// Consumes the message and forwards it to `to`.
inline void pass_on(Thread& thread, LaneReader& reader, const Hand& hand, ActorId to) {
  const std::array<Staged, 1> staged{{{EntryKind::Send, Lane::Messages, hand.handle, to}}};
  commit_turn(thread, reader, hand, staged);
}

/// Exactly once: value * 100 + i for the values 1 to `last` and `outputs` of each.
inline std::vector<Value> outputs_of(Value last, Value outputs) {
  std::vector<Value> values;
  for (Value v = 1; v <= last; ++v) {
    for (Value i = 0; i < outputs; ++i) values.push_back(v * 100 + i);
  }
  return values;
}

/// Saves the message's value and sends one output; the value saved last must be the last one consumed.
inline void relay_and_save(World& world, Thread& thread, LaneReader& reader, const Hand& hand) {
  relay(world, thread, reader, hand, 1, World::make(thread, world.value_of(hand.handle)));
}

inline void expect_saved(World& world, Value value) {
  const SavedWord saved = SavedWord::unpack(world.segment().slot(world.x.index).saved.load_acquire());
  EXPECT_EQ(world.value_of(saved.handle), value);
  EXPECT_EQ(saved.version, value);
}

/// x sends to itself, forwards to an actor z of its own, and z back to x: the first sender's op record is stale.
inline Scenario forward_back() {
  Scenario scenario{.name = "ForwardBackToTheFirstReceiver", .act = [](World& w, Thread& t) {
                      const ActorId z = ActorId::from_word(w.book().extra.load_relaxed());
                      LaneReader from_x(w.segment(), w.x.index, Lane::Messages);
                      LaneReader from_z(w.segment(), z.index, Lane::Messages);
                      w.post(t, w.x, 1);
                      BUSKIN_CHECK(from_x.poll());
                      pass_on(t, from_x, from_x.begin(Phase::Running), z);
                      BUSKIN_CHECK(from_z.poll());
                      pass_on(t, from_z, from_z.begin(Phase::Running), w.x);
                      BUSKIN_CHECK(from_x.poll());
                      const Hand hand = from_x.begin(Phase::Running);
                      w.note_handled(hand);
                      from_x.complete(t, hand);
                    }};
  scenario.prepare = [](World& w) {
    w.book().extra.store_relaxed(w.add_actor(10, Delivery::AtLeastOnce, {}, kVictim).word());
  };
  return scenario;
}

inline Scenario forward(std::string name, std::function<ActorId(World&)> to) {
  Scenario scenario{.name = std::move(name),
                    .act = [](World& w, Thread& t) { w.serve(t, 2); },
                    .prepare = [](World& w) { post_to_x(w, 2); }};
  scenario.handle = [to](World& w, Thread& t, LaneReader& r, const Hand& h) { pass_on(t, r, h, to(w)); };
  return scenario;
}

/// Each message becomes the notice about itself, and goes back to y.
inline Scenario give_back() {
  Scenario scenario = forward("ReturnedInItsOwnBlock", [](World& w) { return w.y; });
  scenario.handle = [](World& w, Thread& t, LaneReader& r, const Hand& h) {
    mark_returned(w.segment(), h.handle, {Returned::Kind::Undeliverable, 3, 0, w.x, h.seq});
    pass_on(t, r, h, w.y);
  };
  scenario.exactly_once = {1, 2};
  return scenario;
}

/// When the target of a turn's outputs is closed: before the turn, or by the survivor before the repair.
enum class Closed : std::uint8_t { Before, After };

inline Scenario turn_to_closed(std::string name, Closed when) {
  Scenario scenario{.name = std::move(name), .act = [](World& w, Thread& t) { w.serve(t, 1); }};
  const auto close = [](World& w) { w.close(ActorId::from_word(w.book().extra.load_relaxed())); };
  scenario.prepare = [when, close](World& w) {
    post_to_x(w, 1);
    w.book().extra.store_relaxed(w.add_actor(10, Delivery::AtLeastOnce, {}, kSurvivor).word());
    if (when == Closed::Before) close(w);
  };
  scenario.handle = [](World& w, Thread& t, LaneReader& r, const Hand& h) {
    const ActorId z = ActorId::from_word(w.book().extra.load_relaxed());
    w.note_handled(h);
    const std::array<Staged, 3> staged{{{EntryKind::Send, Lane::Replies, World::make(t, 100), z},
                                        {EntryKind::Send, Lane::Messages, h.handle, z},
                                        {EntryKind::Send, Lane::Messages, World::make(t, 101), w.y}}};
    commit_turn(t, r, h, staged);
  };
  if (when == Closed::After) scenario.between = close;
  scenario.exactly_once = {101};
  scenario.may_be_lost = {1};  // Counted; the runtime sends the notices.
  return scenario;
}

/// Two hooks, before and after a message, each with a state and a message. A state stands exactly if its message has
/// left, and the second message, which waits, is not completed by them.
inline Scenario hooks_that_save() {
  const auto hook = [](World& w, Thread& t, LaneReader& reader, Value value) {
    const std::array<Staged, 1> staged{{{EntryKind::Send, Lane::Messages, World::make(t, value), w.y}}};
    commit_hook(t, reader, staged, World::make(t, value));
  };
  Scenario scenario{.name = "HooksThatSave", .act = [hook](World& w, Thread& t) {
                      LaneReader reader(w.segment(), w.x.index, Lane::Messages);
                      hook(w, t, reader, 101);
                      BUSKIN_CHECK(reader.poll());
                      w.sink(t, reader, reader.begin(Phase::Running));
                      hook(w, t, reader, 102);
                    }};
  scenario.prepare = [](World& w) { post_to_x(w, 2); };
  scenario.delivery = Delivery::ExactlyOnce;
  scenario.expect = [](World& w) {
    const SavedWord saved = SavedWord::unpack(w.segment().slot(w.x.index).saved.load_acquire());
    for (Value v = 101; v <= 102; ++v) {
      EXPECT_EQ(w.count_notes(Note::Kind::Handled, v), saved.version >= v - 100 ? 1u : 0u) << "one with its state";
    }
    EXPECT_EQ(saved.version == 0 ? 100 : w.value_of(saved.handle), saved.version + 100);
  };
  return scenario;
}

inline std::vector<Scenario> turning_scenarios() {
  std::vector<Scenario> list;
  for (const Value outputs : {Value{0}, Value{2}, Value{9}}) {
    Scenario turn{
        .name = "TurnWith" + std::to_string(outputs) + "Outputs",
        .act = [](World& w, Thread& t) { w.serve(t, 2); },
        .prepare = [](World& w) { post_to_x(w, 2); },
        .handle = [outputs](World& w, Thread& t, LaneReader& r, const Hand& h) { relay(w, t, r, h, outputs); },
        .delivery = Delivery::ExactlyOnce};
    turn.exactly_once = outputs_of(2, outputs);
    list.push_back(turn);
  }
  list.push_back(forward("Forward", [](World& w) { return w.y; }));
  list.push_back(forward_back());
  list.push_back(give_back());
  Scenario saving{.name = "TurnsThatSave",
                  .act = [](World& w, Thread& t) { w.serve(t, 3); },
                  .prepare = [](World& w) { post_to_x(w, 3); },
                  .handle = relay_and_save};
  saving.delivery = Delivery::ExactlyOnce;
  saving.exactly_once = outputs_of(3, 1);
  saving.expect = [](World& w) { expect_saved(w, 3); };
  list.push_back(saving);
  list.push_back(hooks_that_save());
  list.push_back(turn_to_closed("TurnToAClosedTarget", Closed::Before));
  list.push_back(turn_to_closed("TurnToATargetThatCloses", Closed::After));
  Scenario lossy{.name = "TurnAtMostOnce",
                 .act = [](World& w, Thread& t) { w.serve(t, 2); },
                 .prepare = [](World& w) { post_to_x(w, 2); }};
  lossy.handle = [](World& w, Thread& t, LaneReader& r, const Hand& h) {
    r.store_done(h);
    relay(w, t, r, h, 2);
    r.store_handled(t, h);
  };
  lossy.delivery = Delivery::AtMostOnce;
  lossy.expect = [](World& w) {
    for (Value v = 1; v <= 2; ++v) {
      const bool is_finished = w.count_notes(Note::Kind::Handled, v * 100) != 0;
      EXPECT_FALSE(is_finished && w.count_notes(Note::Kind::DeadLetter, v) != 0) << "handled, and lost in hand";
    }
  };
  list.push_back(lossy);
  return list;
}

}  // namespace buskin::test
