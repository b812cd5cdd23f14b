// Scenarios of mailboxes that limit their bytes: sends, staged sends, forwards, and a consumer.
#pragma once

#include "shm/mailbox/byte_quota.hpp"
#include "tests/crash/world.hpp"

namespace buskin::test {

/// An actor of the survivor, or of the victim, whose lane holds three messages of eight bytes. In book().extra.
inline void add_limited(World& world, ProcessIndex host) {
  SlotSpec spec;
  spec.mailbox.bytes_max = 24;
  const ActorId id = need(reserve_actor(world.own(), spec));
  EXPECT_TRUE(change_life(world.segment(), id, LifeState::Reserved, LifeState::Active, host));
  world.book().extra.store_relaxed(id.word());
}

inline ActorId limited(World& world) { return ActorId::from_word(world.book().extra.load_relaxed()); }

/// Nothing is taken, and what lies there is counted.
inline void expect_settled_bytes(World& world) {
  const ByteQuota quota(world.segment(), limited(world));
  EXPECT_EQ(quota.taken(), 0u);
  EXPECT_EQ(quota.pending(), pending_count(world.segment(), limited(world).index, Lane::Messages) * 8);
}

/// The same, and the rest of the limit can be used.
inline void expect_exact_bytes(World& world) {
  expect_settled_bytes(world);
  const ActorId id = limited(world);
  const ByteQuota quota(world.segment(), id);
  const std::uint64_t pending = pending_count(world.segment(), id.index, Lane::Messages);
  for (Value value = 900 + pending; value < 903; ++value) world.post(world.own(), id, value);
  EXPECT_EQ(quota.pending(), 24u);
  EXPECT_EQ(quota.take(1), ByteQuota::Room::Full);
}

/// Takes room for two sends and gives one back; the other leaves with the turn, beside a forward.
inline void stage_and_forward(World& world, Thread& thread, LaneReader& reader, const Hand& hand) {
  const ActorId to = limited(world);
  std::array<Staged, 2> staged{{{EntryKind::Send, Lane::Messages, World::make(thread, 100), to},
                                {EntryKind::Send, Lane::Messages, hand.handle, to}}};
  for (Staged& one : staged) BUSKIN_CHECK(take_room(world.segment(), one));
  Staged undone{EntryKind::Send, Lane::Messages, World::make(thread, 101), to};
  BUSKIN_CHECK(take_room(world.segment(), undone));
  drop_staged(thread, undone);
  commit_turn(thread, reader, hand, staged);
}

inline std::vector<Scenario> byte_scenarios() {
  std::vector<Scenario> list;
  Scenario sends{.name = "SendsUpToALimitOfBytes",
                 .act =
                     [](World& w, Thread& t) {
                       for (Value v = 1; v <= 4; ++v) w.post(t, limited(w), v);
                     },
                 .prepare = [](World& w) { add_limited(w, kSurvivor); }};
  sends.after = expect_exact_bytes;
  list.push_back(sends);
  Scenario beside{.name = "SendsToALimitOfBytesBesideAnother",
                  .act = [](World& w, Thread& t) { w.post(t, limited(w), 1); },
                  .prepare = [](World& w) { add_limited(w, kSurvivor); }};
  beside.between = [](World& w) { w.post(w.own(), limited(w), 9); };
  beside.after = expect_exact_bytes;
  list.push_back(beside);
  Scenario stages{.name = "StagesForALimitOfBytes",
                  .act = [](World& w, Thread& t) { w.serve(t, 1); },
                  .prepare =
                      [](World& w) {
                        add_limited(w, kSurvivor);
                        w.post(w.own(), w.x, 1);
                      },
                  .handle = stage_and_forward,
                  .delivery = Delivery::ExactlyOnce};
  stages.after = expect_settled_bytes;
  stages.expect = expect_exact_bytes;
  list.push_back(stages);
  Scenario consumes{.name = "CompletesUnderALimitOfBytes",
                    .act =
                        [](World& w, Thread& t) {
                          LaneReader reader(w.segment(), limited(w).index, Lane::Messages);
                          for (int i = 0; i < 3; ++i) {
                            BUSKIN_CHECK(reader.poll());
                            w.sink(t, reader, reader.begin(Phase::Running));
                          }
                        },
                    .prepare =
                        [](World& w) {
                          add_limited(w, kVictim);
                          for (Value v = 1; v <= 3; ++v) w.post(w.own(), limited(w), v);
                        }};
  consumes.expect = expect_exact_bytes;
  list.push_back(consumes);
  return list;
}

}  // namespace buskin::test
