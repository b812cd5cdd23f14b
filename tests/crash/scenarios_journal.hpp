// Scenarios of what else a journal does: actors made in a turn, and timers.
#pragma once

#include "shm/actor/create_entry.hpp"
#include "shm/actor/timers.hpp"
#include "tests/crash/scenarios_turn.hpp"

namespace buskin::test {

inline constexpr Value kRequest = 700;  ///< What a request for an actor carries.
inline constexpr Value kTimer = 800;    ///< The value of the first timer; the second has one more.

enum class Asked : std::uint8_t { OfAnAdmin, Here };

/// A child of x, reserved in this turn, with a name and a spec, and an output beside its request.
inline void create_in_turn(World& world, Thread& thread, LaneReader& reader, const Hand& hand, Asked asked) {
  Segment& segment = world.segment();
  world.note_handled(hand);
  SlotSpec spec;
  spec.parent = world.x;
  spec.mailbox.capacity = 10;
  if (asked == Asked::Here) spec.flags = SlotFlag::kLocal;
  const ActorId child = need(reserve_actor(thread, spec));
  ActorId holder{};
  (void)need(insert_name(thread, child, "child", holder));
  const Handle made_from = World::make(thread, 1);
  segment.slot(child.index).spec.store_release(to_bits(made_from));
  crash_order();
  Atomic<std::uint64_t>& own = segment.block(made_from).own;
  const OwnerWord held = OwnerWord::unpack(own.load_relaxed());
  own.store_relaxed(OwnerWord{BlockState::Saved, static_cast<std::uint32_t>(to_bits(child.index)), held.gen}.pack());
  std::vector<Staged> staged;
  if (asked == Asked::OfAnAdmin) {
    const Handle request = World::make(thread, kRequest);
    segment.block(request).sender.store_relaxed(child.word());
    staged.push_back(creation_by(world.y, request));
  } else {
    staged.push_back(creation_here(child, made_from));
  }
  staged.push_back({EntryKind::Send, Lane::Messages, World::make(thread, 100), child});
  staged.push_back({EntryKind::Send, Lane::Messages, World::make(thread, 101), world.y});
  commit_turn(thread, reader, hand, staged);
  // What a host does then with a child that it is to start itself.
  if (asked == Asked::Here) {
    BUSKIN_CHECK(change_life(segment, child, LifeState::Requested, LifeState::Active, thread.process()));
  }
}

/// However often x died, it has one child, which was asked for once and has its mail.
inline void expect_one_child(World& world, Asked asked) {
  const ActorId child = find_name(world.segment(), "child");
  const std::vector<ActorId> children = children_of(world.segment(), world.x);
  EXPECT_EQ(world.count_notes(Note::Kind::Handled, kExitNotice), asked == Asked::Here && children.empty() ? 1u : 0u);
  if (asked == Asked::Here && children.empty()) return;  // It died with its process, and x heard of it.
  ASSERT_EQ(children.size(), 1u);
  EXPECT_EQ(children.front(), child);
  EXPECT_EQ(world.count_notes(Note::Kind::Handled, kRequest), asked == Asked::OfAnAdmin ? 1u : 0u);
}

inline Scenario creation_in_a_turn(std::string name, Asked asked) {
  Scenario scenario{.name = std::move(name),
                    .act = [](World& w, Thread& t) { w.serve(t, 1); },
                    .prepare = [](World& w) { post_to_x(w, 1); }};
  scenario.handle = [asked](World& w, Thread& t, LaneReader& r, const Hand& h) {
    if (w.value_of(h.handle) == 1) return create_in_turn(w, t, r, h, asked);
    w.sink(t, r, h);
  };
  scenario.delivery = Delivery::ExactlyOnce;
  scenario.exactly_once = {101};
  scenario.expect = [asked](World& w) { expect_one_child(w, asked); };
  return scenario;
}

inline Handle make_timer(Thread& thread, ActorId actor, Value value, const TimerSpec& spec) {
  std::span<std::byte> place;
  const Handle block = need(open_timer(thread, spec, {}, actor, sizeof value, place));
  std::memcpy(place.data(), &value, sizeof value);
  return block;
}

inline std::map<std::uint64_t, Handle> timers_of(const World& world, Segment& segment) {
  std::map<std::uint64_t, Handle> timers;
  for_each_timer(segment, world.x, [&](Handle block, const TimerSpec& spec) {
    EXPECT_TRUE(timers.emplace(spec.id, block).second) << "timer " << spec.id << " is there twice";
  });
  return timers;
}

/// At value 1 x sets two timers; at value 2 it cancels the second of them and sets a third.
inline void work_with_timers(World& world, Thread& thread, LaneReader& reader, const Hand& hand) {
  const Value value = world.value_of(hand.handle);
  if (value > 2) return world.sink(thread, reader, hand);
  world.note_handled(hand);
  std::vector<Staged> staged{{EntryKind::Send, Lane::Messages, World::make(thread, value * 100), world.y}};
  if (value == 1) {
    staged.push_back(timer_set(world.x, make_timer(thread, world.x, kTimer, {1, 10, 0})));
    staged.push_back(timer_set(world.x, make_timer(thread, world.x, kTimer + 1, {2, 20, 0})));
  } else {
    staged.push_back(timer_cancelled(world.x, timers_of(world, world.segment()).at(2)));
    staged.push_back(timer_set(world.x, make_timer(thread, world.x, kTimer + 2, {3, 30, 0})));
  }
  commit_turn(thread, reader, hand, staged);
}

inline void fire_all(World& world, Thread& thread) {
  for (const auto& [id, block] : timers_of(world, world.segment())) fire_timer(thread, world.x, block, Handle::None);
}

inline Scenario timers_in_turns() {
  Scenario scenario{.name = "TimersInTurns",
                    .act = [](World& w, Thread& t) { w.serve(t, 2); },
                    .prepare = [](World& w) { post_to_x(w, 2); },
                    .handle = work_with_timers};
  scenario.delivery = Delivery::ExactlyOnce;
  scenario.exactly_once = {100, 200};
  scenario.expect = [](World& w) {
    EXPECT_EQ(timers_of(w, w.segment()).size(), 2u);
    fire_all(w, w.own());
    w.run_successor();
    for (const Value value : {kTimer, kTimer + 2}) EXPECT_EQ(w.count_notes(Note::Kind::Handled, value), 1u) << value;
    EXPECT_EQ(w.count_notes(Note::Kind::Handled, kTimer + 1), 0u) << "it was cancelled";
  };
  return scenario;
}

/// Sets `count` timers of x outside its turns, as a turn's journal does.
inline void set_timers(World& world, Thread& thread, std::uint64_t count) {
  post_to_x(world, 1);
  LaneReader reader(world.segment(), world.x.index, Lane::Messages);
  BUSKIN_CHECK(reader.poll());
  std::vector<Staged> staged;
  for (std::uint64_t i = 0; i < count; ++i) {
    staged.push_back(timer_set(world.x, make_timer(thread, world.x, kTimer + i, {i + 1, 10, 0})));
  }
  const Hand hand = reader.begin(Phase::Running);
  world.note_handled(hand);
  commit_turn(thread, reader, hand, staged);
}

/// The one in the middle fires, and is set again; then the others.
inline Scenario timers_fire() {
  Scenario scenario{.name = "TimersFire", .act = [](World& w, Thread& t) {
                      const Handle second = timers_of(w, w.segment()).at(2);
                      const Handle again = need(copy_timer(t, w.x, second, {4, 50, 0}));
                      const auto* const place = view_payload(w.segment(), again).bytes.data();
                      *reinterpret_cast<Value*>(const_cast<std::byte*>(place)) = kTimer + 3;  // Held by us, not sent.
                      fire_timer(t, w.x, second, again);
                      fire_timer(t, w.x, timers_of(w, w.segment()).at(1), Handle::None);
                      cancel_timer(t, w.x, timers_of(w, w.segment()).at(3));
                    }};
  scenario.prepare = [](World& w) { set_timers(w, w.own(), 3); };
  scenario.handle = [](World& w, Thread& t, LaneReader& r, const Hand& h) { w.sink(t, r, h); };
  scenario.expect = [](World& w) {
    const bool is_cancelled = !timers_of(w, w.segment()).contains(3);
    const bool was_due = w.count_notes(Note::Kind::Handled, kTimer + 1) != 0;
    EXPECT_EQ(timers_of(w, w.segment()).contains(4), was_due) << "fired, and set again, are one";
    fire_all(w, w.own());
    w.run_successor();
    for (const Value value : {kTimer, kTimer + 1}) EXPECT_EQ(w.count_notes(Note::Kind::Handled, value), 1u) << value;
    EXPECT_EQ(w.count_notes(Note::Kind::Handled, kTimer + 2), is_cancelled ? 0u : 1u);
    EXPECT_EQ(w.count_notes(Note::Kind::Handled, kTimer + 3), was_due ? 1u : 0u);
  };
  return scenario;
}

inline std::vector<Scenario> journal_scenarios() {
  return {creation_in_a_turn("CreationInATurn", Asked::OfAnAdmin),
          creation_in_a_turn("CreationInATurnHere", Asked::Here), timers_in_turns(), timers_fire()};
}

}  // namespace buskin::test
