// Scenarios of lives: slots, names, notices, clients, and the reaper itself.
//
// Floor: tests.
#pragma once

#include "tests/crash/scenarios_turn.hpp"

namespace buskin::test {

/// A child of y from its reservation to its end; y hears of the end once, if there was a life.
inline void live_and_end(World& world, Thread& thread) {
  Segment& segment = world.segment();
  SlotSpec spec;
  spec.parent = world.y;
  spec.mailbox.capacity = 10;
  const ActorId id = reserve_actor(thread, spec).value();
  world.book().extra.store_relaxed(id.word());
  ActorId holder{};
  BUSKIN_CHECK(insert_name(thread, id, "child", holder).ok());
  BUSKIN_CHECK(change_life(segment, id, LifeState::Reserved, LifeState::Active, thread.process()));
  world.post(thread, id, 7);
  BUSKIN_CHECK(begin_close(thread, id));
  remove_name(thread, id);
  drain(thread, id, [](Thread&, Lane, Handle) { return true; });
  push_exit_notice(thread, id, world.y, TypeIndex::None, std::as_bytes(std::span(&kExitNotice, 1)));
  release_slot(thread, id);
}

inline Scenario client_dies() {
  Scenario scenario{.name = "ClientDiesWithMail", .act = [](World& w, Thread& t) {
                      SlotSpec spec;
                      spec.flags = SlotFlag::kClient;
                      const ActorId id = reserve_actor(t, spec).value();
                      BUSKIN_CHECK(change_life(w.segment(), id, LifeState::Reserved, LifeState::Active, t.process()));
                      w.post(t, id, 5);
                      LaneReader reader(w.segment(), id.index, Lane::Messages);
                      BUSKIN_CHECK(reader.poll());
                      w.sink(t, reader, reader.begin(Phase::Running));
                      w.post(t, id, 6);
                      w.post(t, w.y, 8);
                    }};
  return scenario;
}

inline std::vector<Scenario> life_scenarios() {
  std::vector<Scenario> list;
  Scenario life{.name = "SlotLivesAndEnds", .act = live_and_end};
  life.expect = [](World& w) {
    const std::uint64_t heard = w.count_notes(Note::Kind::Handled, kExitNotice);
    // Its word stands in the book only after its reservation.
    const bool is_alive = is_open(w.segment(), ActorId::from_word(w.book().extra.load_relaxed()));
    const bool has_lived = w.count_notes(Note::Kind::Accepted, 7) != 0 && !is_alive;
    EXPECT_LE(heard, 1u);
    EXPECT_GE(heard, has_lived ? 1u : 0u);
  };
  list.push_back(life);
  Scenario twice{.name = "SlotIsUsedAgain", .act = live_and_end, .warm_up = live_and_end};
  twice.is_many = true;
  list.push_back(twice);
  list.push_back(client_dies());
  return list;
}

}  // namespace buskin::test
