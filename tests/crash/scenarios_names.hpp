// Scenarios of the table of names: what an admin does to it, and other processes beside it.
#pragma once

#include "shm/names/name_compaction.hpp"
#include "tests/crash/world.hpp"

namespace buskin::test {

inline ActorId add_named(World& world, Thread& thread, const std::string& name) {
  SlotSpec spec;
  spec.mailbox.capacity = 10;
  const ActorId id = need(reserve_actor(thread, spec));
  ActorId holder{};
  (void)need(insert_name(thread, id, name, holder));
  BUSKIN_CHECK(change_life(world.segment(), id, LifeState::Reserved, LifeState::Active, kSurvivor));
  return id;
}

/// Two names that stay, and one that went.
inline void prepare_names(World& world) {
  for (const char* const name : {"one", "two", "gone"}) (void)add_named(world, world.own(), name);
  world.close(find_name(world.segment(), "gone"));
}

/// The next admin finds it so, or makes it so.
inline void expect_names(World& world) {
  resume_names(world.own());
  for (const char* const name : {"one", "two"}) {
    EXPECT_TRUE(is_open(world.segment(), find_name(world.segment(), name))) << name;
  }
  EXPECT_EQ(find_name(world.segment(), "gone").index, ActorIndex::None);
  EXPECT_FALSE(use_of_names(world.segment()).is_frozen);
  const ActorId late = add_named(world, world.own(), "late");
  EXPECT_EQ(find_name(world.segment(), "late"), late);
  for (const std::string& finding : check_segment(world.segment(), 1).findings) ADD_FAILURE() << finding;
}

/// `times`: from the table of the layout to a block, to another one, and back to the first.
inline Scenario names_are_copied(std::string name, int times) {
  Scenario scenario{.name = std::move(name), .act = [](World&, Thread& t) { (void)need(compact_names(t)); }};
  scenario.prepare = [times](World& w) {
    prepare_names(w);
    for (int i = 1; i < times; ++i) (void)need(compact_names(w.own()));
  };
  scenario.expect = expect_names;
  return scenario;
}

/// An actor dies while it is given a name, and the table is copied before it is repaired.
inline Scenario names_are_copied_around_the_dead() {
  Scenario scenario{.name = "NameIsInsertedAndTheTableIsCopied", .act = [](World& w, Thread& t) {
                      const ActorId id = need(reserve_actor(t, {}));
                      ActorId holder{};
                      (void)need(insert_name(t, id, "third", holder));
                      BUSKIN_CHECK(begin_close(t, id));
                      remove_name(t, id);
                      drain(t, id, [](Thread&, Lane, Handle) { return LeftMail::ToDeadLetters; });
                      release_slot(t, id);
                      w.post(t, w.y, 1);
                    }};
  scenario.prepare = prepare_names;
  scenario.between = [](World& w) { (void)need(compact_names(w.own())); };
  scenario.expect = [](World& w) {
    expect_names(w);
    EXPECT_EQ(find_name(w.segment(), "third").index, ActorIndex::None);
  };
  return scenario;
}

inline std::vector<Scenario> naming_scenarios() {
  return {names_are_copied("NamesAreCopied", 1), names_are_copied("NamesAreCopiedAgain", 2),
          names_are_copied("NamesAreCopiedBack", 3), names_are_copied_around_the_dead()};
}

}  // namespace buskin::test
