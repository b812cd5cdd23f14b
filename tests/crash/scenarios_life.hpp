// Scenarios of lives: slots, names, notices, clients, and the reaper itself.
#pragma once

#include "shm/base/clock.hpp"
#include "shm/mailbox/ready_set.hpp"
#include "shm/mailbox/room_waiter.hpp"
#include "shm/mailbox/wake.hpp"
#include "tests/crash/scenarios_turn.hpp"

namespace buskin::test {

/// A child of y from its reservation to its end; y hears of the end once, if there was a life.
inline void live_and_end(World& world, Thread& thread) {
  Segment& segment = world.segment();
  SlotSpec spec;
  spec.parent = world.y;
  spec.mailbox.capacity = 10;
  const ActorId id = need(reserve_actor(thread, spec));
  world.book().extra.store_relaxed(id.word());
  ActorId holder{};
  (void)need(insert_name(thread, id, "child", holder));
  BUSKIN_CHECK(change_life(segment, id, LifeState::Reserved, LifeState::Active, thread.process()));
  world.post(thread, id, 7);
  BUSKIN_CHECK(begin_close(thread, id));
  remove_name(thread, id);
  drain(thread, id, [](Thread&, Lane, Handle) { return LeftMail::ToDeadLetters; });
  push_exit_notice(thread, id, world.y, TypeIndex::None, std::as_bytes(std::span(&kExitNotice, 1)));
  release_slot(thread, id);
}

inline Scenario client_dies() {
  Scenario scenario{.name = "ClientDiesWithMail", .act = [](World& w, Thread& t) {
                      SlotSpec spec;
                      spec.flags = SlotFlag::kClient;
                      const ActorId id = need(reserve_actor(t, spec));
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

/// One more entry of the same process, from claim to end.
inline Scenario joins_and_leaves() {
  return {.name = "JoinsAndLeaves", .act = [](World& w, Thread&) {
            const MemberSpec spec{.role = Role::Client, .title = "again", .lock_path = w.lock_path()};
            auto member = Member::join(w.segment(), spec).value();
            member->return_thread(member->lease_thread().value());
          }};
}

/// The dead-letter actor's thread sleeps, and its ready bit is clear: after the repair it must be awake if there
/// is mail. (y would be woken by x's crash notice anyway.)
inline Scenario wakes_a_sleeper() {
  constexpr std::uint32_t kBit = 70;
  Scenario scenario{.name = "WakesASleeper", .act = [](World& w, Thread& t) { w.post(t, w.letters, 1); }};
  scenario.prepare = [](World& w) {
    (void)need(ReadySet::back_map(w.segment(), kSurvivor, kBit));
    set_wake(w.segment(), w.letters.index, {kSurvivor, w.own().index(), kBit});
    w.own().record().ev.or_seq_cst(1);
  };
  // What the dead sender did of it may have been undone by the sleeper's last look.
  scenario.between = [](World& w) {
    std::vector<std::uint32_t> bits;
    ReadySet(w.segment(), kSurvivor).take(bits);
    w.book().extra.store_relaxed(w.own().record().ev.load_seq_cst());
  };
  scenario.expect = [](World& w) {
    if (w.count_notes(Note::Kind::DeadLetter, 1) == 0) return;
    EXPECT_TRUE(ReadySet(w.segment(), kSurvivor).any());
    EXPECT_GT(w.own().record().ev.load_seq_cst(), w.book().extra.load_relaxed());
  };
  return scenario;
}

inline Scenario waits_for_room() {
  return {.name = "WaitsForRoom",
          .act =
              [](World& w, Thread& t) {
                w.post(t, w.y, 1);
                BUSKIN_CHECK(RoomWaiter(t, w.x, {w.y}).wait(now_ns() + 1'000'000) == RoomWait::Deadline);
              },
          .expect = [](World& w) { EXPECT_FALSE(room_wait_of(w.segment(), w.x).has_value()) << "an edge of the dead"; },
          .capacity_of_y = 1};
}

inline Scenario makes_room() {
  return {.name = "MakesRoomForAWaiter",
          .act = [](World& w, Thread& t) { w.serve(t, 1); },
          .prepare =
              [](World& w) {
                post_to_x(w, 1);
                w.segment().mailbox(w.x.index).space.or_seq_cst(1);
              }};
}

/// The handler fails once, is tried again, and completes.
inline Scenario fails_and_tries_again() {
  Scenario scenario{.name = "FailsAndTriesAgain",
                    .act =
                        [](World& w, Thread& t) {
                          LaneReader reader(w.segment(), w.x.index, Lane::Messages);
                          BUSKIN_CHECK(reader.poll());
                          w.note_handled(reader.charge(reader.begin(Phase::Running)));
                          const Hand again = reader.begin_again();
                          BUSKIN_CHECK(again.attempts == 1 && again.redelivered);
                          w.note_handled(again);
                          reader.complete(t, again);
                        },
                    .prepare = [](World& w) { post_to_x(w, 1); }};
  scenario.fails_once = true;
  return scenario;
}

/// The 2^26th message: done passes an epoch.
inline Scenario passes_an_epoch() {
  return {.name = "PassesAnEpoch",
          .act = [](World& w, Thread& t) { w.serve(t, 2); },
          .prepare =
              [](World& w) {
                Mailbox& mailbox = w.segment().mailbox(w.x.index);
                mailbox.lanes[2].done.store_relaxed(kEpochLength - 1);
                mailbox.in[2].store_relaxed(HeadWord{kEpochLength - 1, false, Handle::None}.pack());
                post_to_x(w, 2);
              }};
}

inline constexpr Value kAnswer = 500;  ///< The keeper's own answer.

/// x keeps the reply of its first message, and answers y after its second. Each attempt finds the row again.
inline void keep_or_answer(World& world, Thread& thread, LaneReader& reader, const Hand& hand) {
  const Value value = world.value_of(hand.handle);
  const std::uint64_t first = hand.seq - (value - 1);
  world.note_handled(hand);
  const KeptReply reply{first, world.y, 7, 0, world.x};
  if (value == 1) {
    (void)need(keep_reply(thread, reply));
  } else {
    for_each_reply(world.segment(), [&](ReplyIndex index, std::uint64_t state) {
      if (state == ReplyState::kKept) answer_kept(thread, index, World::make(thread, kAnswer));
    });
  }
  reader.complete(thread, hand);
}

inline Scenario keeps_a_reply() {
  Scenario scenario{.name = "KeepsAReply",
                    .act = [](World& w, Thread& t) { w.serve(t, 2); },
                    .prepare = [](World& w) { post_to_x(w, 2); },
                    .handle = keep_or_answer};
  scenario.expect = [](World& w) {
    const std::uint64_t own = w.count_notes(Note::Kind::Handled, kAnswer);
    const std::uint64_t repairers = w.count_notes(Note::Kind::Handled, kRestarted);
    EXPECT_EQ(own + repairers, 1u) << "one request, one answer: " << own << " and " << repairers;
    for_each_reply(w.segment(), [](ReplyIndex index, std::uint64_t state) {
      ADD_FAILURE() << "row " << to_bits(index) << " is left in state " << state;
    });
  };
  return scenario;
}

inline std::vector<Scenario> life_scenarios() {
  std::vector<Scenario> list;
  for (auto make : {keeps_a_reply, joins_and_leaves, wakes_a_sleeper, waits_for_room, makes_room, fails_and_tries_again,
                    passes_an_epoch}) {
    list.push_back(make());
  }
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
