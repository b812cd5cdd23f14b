// close_sim_test: an actor ends while others send to it, and its slot goes to the next actor.
#include <map>
#include <set>

#include "shm/actor/actor_close.hpp"
#include "tests/sim/sim_fixture.hpp"

namespace buskin::test {
namespace {

constexpr std::uint64_t kStepsMax = 400'000;

/// One slot only, so that each actor gets the one of the actor before it.
constexpr TableCounts kOneSlot = with_actors(kSimTables, 2);

/// What became of each message. Private memory.
struct Fates {
  std::set<std::uint64_t> accepted{};
  std::map<std::uint64_t, int> ended{};  // Handled or drained.

  void expect_each_once() const {
    for (const std::uint64_t value : accepted) EXPECT_EQ(ended.count(value), 1u) << "lost: " << value;
    for (const auto& [value, times] : ended) {
      EXPECT_EQ(times, 1) << value;
      EXPECT_EQ(accepted.count(value), 1u) << "refused, and still there: " << value;
    }
  }
};

constexpr std::uint64_t value_for(std::uint64_t gen, std::uint64_t sender, std::uint64_t number) {
  return gen * 10'000 + sender * 100 + number;
}

/// The value says for whom it was meant.
void end_message(SimRun& run, Fates& fates, std::uint32_t gen, Handle handle) {
  const std::uint64_t value = run.value_of(handle);
  EXPECT_EQ(value / 10'000, gen) << "a message of another life: " << value;
  ++fates.ended[value];
}

void close(SimRun& run, Thread& thread, Fates& fates, ActorId id) {
  ASSERT_TRUE(begin_close(thread, id));
  drain(thread, id, [&](Thread&, Lane, Handle handle) {
    end_message(run, fates, id.gen, handle);
    return LeftMail::Drop;
  });
  push_exit_notice(thread, id, {}, TypeIndex::None, {});
  release_slot(thread, id);
}

void send_to(Thread& thread, Fates& fates, ActorId id, std::uint64_t sender, std::uint64_t count) {
  for (std::uint64_t number = 0; number < count; ++number) {
    const std::uint64_t value = value_for(id.gen, sender, number);
    const Handle handle = SimRun::make(thread, value);
    const SendStatus status = send(thread, {id, Lane::Messages, Admission::Bounded}, handle);
    if (status == SendStatus::Accepted) {
      fates.accepted.insert(value);
    } else {
      thread.heap().free(handle);
    }
  }
}

/// `senders` send `each` messages a round to the actor that has the slot, while its actors end and begin.
void race(std::uint64_t senders, std::uint64_t each) {
  for_each_seed(kStepsMax, [=](SimRun& run) {
    auto fates = std::make_shared<Fates>();
    auto present = std::make_shared<Atomic<std::uint64_t>>(run.add_actor(2).word());
    for (std::uint64_t sender = 0; sender < senders; ++sender) {
      Thread& thread = run.add_thread();
      run.simulation.add([&thread, fates, present, sender, each] {
        for (std::uint64_t round = 0; round < 4; ++round) {
          send_to(thread, *fates, ActorId::from_word(present->load_acquire()), sender * 10 + round, each);
        }
      });
    }
    Thread& thread = run.add_thread();
    run.simulation.add([&run, &thread, fates, present] {
      for (int life = 0; life < 3; ++life) {
        const ActorId id = ActorId::from_word(present->load_acquire());
        LaneReader reader(run.segment_, id.index, Lane::Messages);
        if (reader.poll()) {
          const Hand hand = reader.begin(Phase::Running);
          end_message(run, *fates, id.gen, hand.handle);
          reader.complete(thread, hand);
        }
        close(run, thread, *fates, id);
        SlotSpec spec;
        spec.mailbox.capacity = 2;
        const auto next = reserve_actor(thread, spec);
        ASSERT_TRUE(next.ok());
        EXPECT_EQ(next.value().index, id.index);
        EXPECT_EQ(next.value().gen, id.gen + 1);
        present->store_release(next.value().word());
      }
    });
    return [&run, fates, present] {
      close(run, *run.thread_, *fates, ActorId::from_word(present->load_acquire()));
      fates->expect_each_once();
    };
  }, kOneSlot);
}

TEST(CloseSim, EveryAcceptedMessageEndsInTheLifeItWasSentTo) { race(2, 2); }

/// Nobody else moves the lane's head: only its sequence number tells a late sender that it is another's.
TEST(CloseSim, ALateSenderMissesTheNextLife) { race(1, 1); }

TEST(CloseSim, OneOfSeveralClosersDrainsAndTheParentHearsOnce) {
  for_each_seed(kStepsMax, [](SimRun& run) {
    auto fates = std::make_shared<Fates>();
    auto heard = std::make_shared<int>(0);
    const ActorId parent = run.add_actor(), child = run.add_actor();
    auto closers = std::make_shared<int>(0);
    for (int i = 0; i < 2; ++i) {
      Thread& thread = run.add_thread();
      run.simulation.add([&run, &thread, fates, closers, parent, child] {
        if (!begin_close(thread, child)) return;
        ++*closers;
        drain(thread, child, [&](Thread&, Lane, Handle handle) {
          end_message(run, *fates, child.gen, handle);
          return LeftMail::Drop;
        });
        push_exit_notice(thread, child, parent, TypeIndex::None, {});
        release_slot(thread, child);
      });
    }
    Thread& sender = run.add_thread();
    run.simulation.add([&sender, fates, child] { send_to(sender, *fates, child, 1, 4); });
    return [&run, fates, heard, closers, parent] {
      EXPECT_EQ(*closers, 1);
      LaneReader reader(run.segment_, parent.index, Lane::Messages);
      while (reader.poll()) {
        ++*heard;
        reader.complete(*run.thread_, reader.begin(Phase::Running));
      }
      EXPECT_EQ(*heard, 1);
      fates->expect_each_once();
    };
  });
}

/// Turns with an output each, forward or new, to a target that may be gone: nothing is lost or doubled.
TEST(CloseSim, WhatATurnSendsToAnEndingActorIsDrainedOnce) {
  for_each_seed(kStepsMax, [](SimRun& run) {
    auto fates = std::make_shared<Fates>();
    const ActorId relay = run.add_actor(), target = run.add_actor();
    unpark(run.segment_, relay.index);
    Thread& sender = run.add_thread();
    run.simulation.add([&sender, fates, relay, target] {
      for (std::uint64_t i = 0; i < 4; ++i) {
        const Handle handle = SimRun::make(sender, value_for(target.gen, 7, i));
        ASSERT_EQ(send(sender, {relay, Lane::Messages, Admission::Bounded}, handle), SendStatus::Accepted);
      }
    });
    Thread& relaying = run.add_thread();
    run.simulation.add([&run, &relaying, relay, target] {
      LaneReader reader(run.segment_, relay.index, Lane::Messages);
      for (int handled = 0; handled < 4;) {
        if (!reader.poll()) continue;
        const Hand hand = reader.begin(Phase::Running);
        Staged output{EntryKind::Send, Lane::Messages, hand.handle, target};
        if (handled % 2 == 1) output.block = SimRun::make(relaying, run.value_of(hand.handle));
        commit_turn(relaying, reader, hand, {&output, 1});
        ++handled;
      }
    });
    Thread& closer = run.add_thread();
    run.simulation.add([&run, &closer, fates, target] { close(run, closer, *fates, target); });
    return [&run, fates, &relaying] {
      std::uint64_t ended = 0;
      for (const auto& [value, times] : fates->ended) {
        EXPECT_EQ(times, 1) << value;
        ++ended;
      }
      const auto gone = relaying.record().counters[static_cast<std::size_t>(Counter::DeadGone)].load_relaxed();
      EXPECT_EQ(ended + gone, 4u);
      (void)run;
    };
  });
}

}  // namespace
}  // namespace buskin::test
