// Scenarios of groups: several messages of x are one turn, one of them is forwarded, one goes wrong.
#pragma once

#include "tests/crash/scenarios_turn.hpp"

namespace buskin::test {

/// What x has gathered: the runtime's part of a group, without its rules of when to end one.
struct Gathering {
  std::vector<Hand> hands;
  std::vector<Staged> staged;
  Handle saved{};

  /// What a message leads to: value * 100 to y, behind it itself when it is `forwarded`, and it is the new state.
  void take(World& world, Thread& thread, const Hand& hand, Value forwarded) {
    const Value value = world.value_of(hand.handle);
    const ActorId closed = ActorId::from_word(world.book().extra.load_relaxed());
    if (closed.index != ActorIndex::None) {
      staged.push_back({EntryKind::Send, Lane::Messages, World::make(thread, value * 1'000), closed});
    }
    staged.push_back({EntryKind::Send, Lane::Messages, World::make(thread, value * 100), world.y});
    if (value == forwarded) {
      staged.push_back({EntryKind::Send, Lane::Messages, hand.handle, world.y});
    } else {
      world.note_handled(hand);
    }
    if (saved != Handle::None) thread.heap().free(saved);
    saved = World::make(thread, value);
    hands.push_back(hand);
  }

  void commit(Thread& thread, LaneReader& reader) {
    if (hands.empty()) return;
    std::vector<Handle> before;
    for (const Hand& hand : hands) before.push_back(hand.handle);
    before.pop_back();
    (void)need(reserve_journal(thread, staged.size() + 1));
    commit_turn(thread, reader, hands.back(), staged, saved, before);
    *this = {};
  }
};

inline void expect_last_saved(World& world, Value value) {
  const SavedWord saved = SavedWord::unpack(world.segment().slot(world.x.index).saved.load_acquire());
  EXPECT_EQ(world.value_of(saved.handle), value);
}

/// x gathers what is new, and handles alone what was begun before.
inline Scenario group(std::string name, Value forwarded) {
  Scenario scenario{.name = std::move(name), .act = {}};
  const auto group = std::make_shared<Gathering>();
  scenario.handle = [group, forwarded](World& w, Thread& t, LaneReader& r, const Hand& h) {
    group->take(w, t, h, forwarded);
    if (h.redelivered) group->commit(t, r);
  };
  scenario.rest = [group](World&, Thread& t, LaneReader& r) { group->commit(t, r); };
  scenario.delivery = Delivery::ExactlyOnce;
  return scenario;
}

/// Makes both records ready to send, so that the states that count are those of the group.
inline void warm(Thread& thread) {
  thread.heap().free(World::make(thread, 0));
}

/// Three in one turn. x sends itself the second one last, and the third by another record: until the
/// second has gone on, its stale record is answered for by hand or by the chain alone.
inline Scenario group_of_three(std::string name, Value forwarded) {
  Scenario scenario = group(std::move(name), forwarded);
  const auto second = std::make_shared<Thread*>(nullptr);
  scenario.warm_up = [second](World& w, Thread& t) {
    *second = &w.second_thread();
    warm(t);
    warm(**second);
    w.post(t, w.x, 2);
    w.post(**second, w.x, 3);
  };
  scenario.act = [second, handle = scenario.handle, rest = scenario.rest](World& w, Thread& t) {
    LaneReader reader(w.segment(), w.x.index, Lane::Messages);
    while (reader.poll()) handle(w, t, reader, reader.begin(Phase::Running));
    rest(w, t, reader);
  };
  scenario.prepare = [](World& w) { w.post(w.own(), w.x, 1); };
  scenario.exactly_once = {100, 200, 300};
  if (forwarded != 0) scenario.exactly_once.push_back(forwarded);
  scenario.expect = [](World& w) { expect_last_saved(w, 3); };
  return scenario;
}

/// The third one fails: what was gathered before it is committed, then it is handled alone.
inline Scenario group_whose_last_fails() {
  Scenario scenario = group_of_three("GroupWhoseLastFails", 1);
  scenario.act = [handle = scenario.handle, rest = scenario.rest](World& w, Thread& t) {
    LaneReader reader(w.segment(), w.x.index, Lane::Messages);
    for (int i = 0; i < 2; ++i) {
      BUSKIN_CHECK(reader.poll());
      handle(w, t, reader, reader.begin(Phase::Running));
    }
    BUSKIN_CHECK(reader.poll());
    const Hand failed = reader.begin(Phase::Running);
    w.note_handled(failed);
    rest(w, t, reader);
    reader.charge(reader.return_to(failed.handle));
    handle(w, t, reader, reader.begin_again());
  };
  scenario.fails_once = true;
  return scenario;
}

/// Nothing is sent or saved: there is no commit, and still all of it is completed through hand.
inline Scenario group_without_effects() {
  Scenario scenario = group_of_three("GroupWithoutEffects", 0);
  const auto hands = std::make_shared<std::vector<Hand>>();
  scenario.rest = [hands](World&, Thread& t, LaneReader& r) {
    if (hands->empty()) return;
    std::vector<Handle> before;
    for (const Hand& hand : *hands) before.push_back(hand.handle);
    before.pop_back();
    commit_turn(t, r, hands->back(), {}, Handle::None, before);
    hands->clear();
  };
  scenario.handle = [hands, rest = scenario.rest](World& w, Thread& t, LaneReader& r, const Hand& h) {
    w.note_handled(h);
    hands->push_back(h);
    if (h.redelivered) rest(w, t, r);
  };
  scenario.act = [handle = scenario.handle, rest = scenario.rest](World& w, Thread& t) {
    LaneReader reader(w.segment(), w.x.index, Lane::Messages);
    while (reader.poll()) handle(w, t, reader, reader.begin(Phase::Running));
    rest(w, t, reader);
  };
  scenario.exactly_once = {};
  scenario.expect = {};
  return scenario;
}

/// What goes to a closed mailbox is turned to the dead letters just before the forward.
inline Scenario group_to_closed() {
  Scenario scenario = group_of_three("GroupToAClosedTarget", 2);
  scenario.prepare = [prepare = scenario.prepare](World& w) {
    prepare(w);
    const ActorId z = w.add_actor(10, Delivery::AtLeastOnce, {}, kSurvivor);
    w.book().extra.store_relaxed(z.word());
    w.close(z);
  };
  scenario.expect = [](World& w) { expect_last_saved(w, 3); };
  return scenario;
}

inline std::vector<Scenario> group_scenarios() {
  return {group_to_closed(), group_of_three("GroupOfThree", 0), group_of_three("GroupThatForwardsTheFirst", 1),
          group_of_three("GroupThatForwardsTheSecond", 2), group_of_three("GroupThatForwardsTheLast", 3),
          group_whose_last_fails(), group_without_effects()};
}

}  // namespace buskin::test
