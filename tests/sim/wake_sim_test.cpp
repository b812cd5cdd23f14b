// wake_sim_test: nobody who has mail sleeps for ever, in any order of steps that a seed can give.
//
// The futexes here never time out: a wake-up that is lost leaves the host asleep, and the run is stuck.
#include <map>

#include "shm/mailbox/ready_set.hpp"
#include "shm/mailbox/wake.hpp"
#include "tests/sim/sim_fixture.hpp"

namespace buskin::test {
namespace {

constexpr std::uint64_t kStepsMax = 400'000;

void send_value(Thread& thread, ActorId to, std::uint64_t value) {
  const Handle handle = SimRun::make(thread, value);
  ASSERT_EQ(send(thread, {to, Lane::Messages, Admission::Bounded}, handle), SendStatus::Accepted);
}

/// Handles what a mailbox has, then parks it; again when something came meanwhile.
std::uint64_t serve(SimRun& run, Thread& thread, LaneReader& reader) {
  std::uint64_t handled = 0;
  for (;;) {  // Ends: the senders end.
    unpark(run.segment_, reader.actor());
    while (reader.poll()) {
      reader.complete(thread, reader.begin(Phase::Running));
      ++handled;
    }
    const std::uint64_t done[kLaneCount] = {1, 1, reader.done()};
    if (!park(run.segment_, reader.actor(), done)) return handled;
  }
}

/// One host thread that serves `bits.size()` mailboxes through its ready map, until `all` are handled.
void host(SimRun& run, Thread& thread, const std::map<std::uint32_t, ActorId>& actors, std::uint64_t all) {
  ReadySet ready(run.segment_, thread.process());
  std::map<std::uint32_t, LaneReader> readers;
  for (const auto& [bit, id] : actors) readers.emplace(bit, LaneReader(run.segment_, id.index, Lane::Messages));
  std::vector<std::uint32_t> bits;
  for (std::uint64_t handled = 0; handled < all;) {
    bits.clear();
    ready.take(bits);
    for (const std::uint32_t bit : bits) handled += serve(run, thread, readers.at(bit));
    if (bits.empty() && handled < all) sleep_until(thread, ~std::uint64_t{0}, [&] { return !ready.any(); });
  }
}

/// Bits of one word, of neighbouring words, and of words far apart.
void race(std::initializer_list<std::uint32_t> bits, std::uint64_t senders, std::uint64_t each) {
  const std::vector<std::uint32_t> places(bits);
  for_each_seed(kStepsMax, [=](SimRun& run) {
    Thread& hosting = run.add_thread();
    auto actors = std::make_shared<std::map<std::uint32_t, ActorId>>();
    for (const std::uint32_t bit : places) {
      EXPECT_TRUE(ReadySet::back_map(run.segment_, hosting.process(), bit).ok());
      const ActorId id = run.add_actor();
      set_wake(run.segment_, id.index, {hosting.process(), hosting.index(), bit});
      (*actors)[bit] = id;
    }
    run.simulation.add([&run, &hosting, actors, senders, each] { host(run, hosting, *actors, senders * each); });
    for (std::uint64_t sender = 0; sender < senders; ++sender) {
      Thread& thread = run.add_thread();
      run.simulation.add([&thread, actors, places, sender, each] {
        for (std::uint64_t i = 0; i < each; ++i) {
          send_value(thread, actors->at(places[(sender + i) % places.size()]), i);
        }
      });
    }
    return [] {};
  });
}

TEST(WakeSim, AHostOfMailboxesInOneWordIsWoken) { race({3, 4}, 2, 3); }

TEST(WakeSim, AHostOfMailboxesInNeighbouringWordsIsWoken) { race({63, 64, 130}, 2, 3); }

TEST(WakeSim, AHostOfMailboxesFarApartIsWoken) { race({0, 5'000, 8'191}, 3, 2); }

TEST(WakeSim, AThreadOfItsOwnActorIsWoken) {
  for_each_seed(kStepsMax, [](SimRun& run) {
    Thread& hosting = run.add_thread();
    const ActorId id = run.add_actor();
    set_wake(run.segment_, id.index, {hosting.process(), hosting.index(), WakeWord::kNoBit});
    run.simulation.add([&run, &hosting, id] {
      LaneReader reader(run.segment_, id.index, Lane::Messages);
      for (std::uint64_t handled = 0; handled < 6;) {
        handled += serve(run, hosting, reader);
        if (handled == 6) return;
        sleep_until(hosting, ~std::uint64_t{0},
                    [&] { return pending_count(run.segment_, id.index, Lane::Messages) == 0; });
      }
    });
    for (int sender = 0; sender < 2; ++sender) {
      Thread& thread = run.add_thread();
      run.simulation.add([&thread, id] {
        for (std::uint64_t i = 0; i < 3; ++i) send_value(thread, id, i);
      });
    }
    return [] {};
  });
}

/// Nobody depends on another's unfinished wake: a sender that stops anywhere holds up only its own message.
TEST(WakeSim, AStoppedSenderHoldsUpNobodyElsesMail) {
  constexpr std::uint64_t kOfTheLiving = 100;
  for_each_seed(kStepsMax, [](SimRun& run) {
    Thread& hosting = run.add_thread();
    EXPECT_TRUE(ReadySet::back_map(run.segment_, hosting.process(), 0).ok());
    const ActorId id = run.add_actor();
    set_wake(run.segment_, id.index, {hosting.process(), hosting.index(), 70});
    run.simulation.add([&run, &hosting, id] {
      ReadySet ready(run.segment_, hosting.process());
      LaneReader reader(run.segment_, id.index, Lane::Messages);
      std::vector<std::uint32_t> bits;
      for (int handled = 0; handled < 2;) {
        bits.clear();
        ready.take(bits);
        unpark(run.segment_, id.index);
        while (reader.poll()) {
          const Hand hand = reader.begin(Phase::Running);
          handled += run.value_of(hand.handle) >= kOfTheLiving ? 1 : 0;
          reader.complete(hosting, hand);
        }
        const std::uint64_t done[kLaneCount] = {1, 1, reader.done()};
        if (park(run.segment_, id.index, done) || !bits.empty() || handled == 2) continue;
        sleep_until(hosting, ~std::uint64_t{0}, [&] { return !ready.any(); });
      }
    });
    Thread& stopping = run.add_thread();
    run.simulation.add_stopping([&stopping, id] { send_value(stopping, id, 0); }, 60);
    Thread& living = run.add_thread();
    run.simulation.add([&living, id] {
      send_value(living, id, kOfTheLiving);
      send_value(living, id, kOfTheLiving + 1);
    });
    return [&run] {
      // What it had not sent is still its own: HELD, or QUEUED in name only.
      run.end_actors();
      run.blocks_left = blocks_in_use(run.segment_);
      EXPECT_LE(run.blocks_left, 1u);
    };
  });
}

/// A new host takes a mailbox over while senders are at work: whom they wake is read after the push.
TEST(WakeSim, AMailboxThatChangesItsHostKeepsItsWakeUps) {
  for_each_seed(kStepsMax, [](SimRun& run) {
    Thread& first = run.add_thread();
    Thread& second = run.add_thread();
    const ActorId id = run.add_actor();
    set_wake(run.segment_, id.index, {first.process(), first.index(), WakeWord::kNoBit});
    unpark(run.segment_, id.index);  // The first host died polling.
    run.simulation.add([&run, &second, id] {
      set_wake(run.segment_, id.index, {second.process(), second.index(), WakeWord::kNoBit});
      LaneReader reader(run.segment_, id.index, Lane::Messages);
      for (std::uint64_t handled = 0; handled < 4;) {
        handled += serve(run, second, reader);
        if (handled == 4) return;
        sleep_until(second, ~std::uint64_t{0},
                    [&] { return pending_count(run.segment_, id.index, Lane::Messages) == 0; });
      }
    });
    for (int sender = 0; sender < 2; ++sender) {
      Thread& thread = run.add_thread();
      run.simulation.add([&thread, id] {
        for (std::uint64_t i = 0; i < 2; ++i) send_value(thread, id, i);
      });
    }
    return [] {};
  });
}

}  // namespace
}  // namespace buskin::test
