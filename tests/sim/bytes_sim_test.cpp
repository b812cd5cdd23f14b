// bytes_sim_test: the limit on the bytes of a mailbox, in every order of steps that a seed can give.
#include "shm/mailbox/byte_quota.hpp"
#include "tests/sim/sim_fixture.hpp"

namespace buskin::test {
namespace {

constexpr std::uint64_t kStepsMax = 200'000;
constexpr std::uint64_t kBytes = 8;  // Each message has so many.

ActorId add_limited(SimRun& run, std::uint64_t messages) {
  SlotSpec spec;
  spec.mailbox.bytes_max = messages * kBytes;
  const ActorId id = reserve_actor(*run.thread_, spec).value();
  unpark(run.segment_, id.index);
  return id;
}

void send_all(Thread& thread, ActorId to, std::uint64_t count, Admission admission) {
  for (std::uint64_t number = 0; number < count;) {
    const Handle handle = SimRun::make(thread, number);
    if (send(thread, {to, Lane::Messages, admission}, handle) == SendStatus::Accepted) {
      ++number;
    } else {
      thread.heap().free(handle);
    }
  }
}

/// Takes the bytes first, and gives them back every other time instead of sending.
void stage_all(SimRun& run, Thread& thread, ActorId to, std::uint64_t count) {
  const ByteQuota quota(run.segment_, to);
  for (std::uint64_t number = 0; number < count;) {
    if (quota.take(kBytes) != ByteQuota::Room::Taken) continue;
    if (number % 2 == 1) {
      quota.give_back(kBytes);
    } else {
      EXPECT_EQ(send(thread, {to, Lane::Messages, Admission::Staged}, SimRun::make(thread, number)),
                SendStatus::Accepted);
    }
    ++number;
  }
}

/// What lies in the lane never exceeds the limit and the exempt messages.
void receive_all(SimRun& run, Thread& thread, ActorId id, std::uint64_t count, std::uint64_t messages_max) {
  LaneReader reader(run.segment_, id.index, Lane::Messages);
  const ByteQuota quota(run.segment_, id);
  for (std::uint64_t taken = 0; taken < count;) {
    if (!reader.poll()) continue;
    const Hand hand = reader.begin(Phase::Running);
    EXPECT_LE(pending_count(run.segment_, id.index, Lane::Messages), messages_max);
    EXPECT_LE(quota.pending(), messages_max * kBytes);
    reader.complete(thread, hand);
    ++taken;
  }
}

/// Looks at no count of its own: what is counted it learns from the completion alone.
void complete_all(SimRun& run, Thread& thread, ActorId id, std::uint64_t count) {
  LaneReader reader(run.segment_, id.index, Lane::Messages);
  for (std::uint64_t taken = 0; taken < count;) {
    if (!reader.poll()) continue;
    reader.complete(thread, reader.begin(Phase::Running));
    ++taken;
  }
}

std::function<void()> expect_nothing_left(SimRun& run, ActorId id) {
  return [&run, id] {
    EXPECT_EQ(ByteQuota(run.segment_, id).pending(), 0u);
    EXPECT_EQ(ByteQuota(run.segment_, id).taken(), 0u);
  };
}

TEST(BytesSim, TwoSendersKeepTheLimitOfOne) {
  for_each_seed(kStepsMax, [](SimRun& run) {
    const ActorId id = add_limited(run, 1);
    for (int sender = 0; sender < 2; ++sender) {
      Thread& thread = run.add_thread();
      run.simulation.add([&thread, id] { send_all(thread, id, 3, Admission::Bounded); });
    }
    Thread& thread = run.add_thread();
    run.simulation.add([&run, &thread, id] { receive_all(run, thread, id, 6, 1); });
    return expect_nothing_left(run, id);
  });
}

TEST(BytesSim, WhatIsStagedAndWhatIsSentKeepOneLimit) {
  for_each_seed(kStepsMax, [](SimRun& run) {
    const ActorId id = add_limited(run, 2);
    Thread& sender = run.add_thread();
    run.simulation.add([&sender, id] { send_all(sender, id, 3, Admission::Bounded); });
    Thread& stager = run.add_thread();
    run.simulation.add([&run, &stager, id] { stage_all(run, stager, id, 4); });
    Thread& thread = run.add_thread();
    run.simulation.add([&run, &thread, id] { receive_all(run, thread, id, 5, 2); });
    return expect_nothing_left(run, id);
  });
}

TEST(BytesSim, AConsumerCompletesWhatTheNextSenderCounted) {
  for_each_seed(kStepsMax, [](SimRun& run) {
    const ActorId id = add_limited(run, 4);
    for (int sender = 0; sender < 2; ++sender) {
      Thread& thread = run.add_thread();
      run.simulation.add([&thread, id] { send_all(thread, id, 2, Admission::Bounded); });
    }
    Thread& thread = run.add_thread();
    run.simulation.add([&run, &thread, id] { complete_all(run, thread, id, 4); });
    return expect_nothing_left(run, id);
  });
}

TEST(BytesSim, ExemptMessagesAreCountedBesideTheOthers) {
  for_each_seed(kStepsMax, [](SimRun& run) {
    const ActorId id = add_limited(run, 1);
    Thread& sender = run.add_thread();
    run.simulation.add([&sender, id] { send_all(sender, id, 3, Admission::Bounded); });
    Thread& exempt = run.add_thread();
    run.simulation.add([&exempt, id] { send_all(exempt, id, 2, Admission::Exempt); });
    Thread& thread = run.add_thread();
    run.simulation.add([&run, &thread, id] { receive_all(run, thread, id, 5, 3); });
    return expect_nothing_left(run, id);
  });
}

}  // namespace
}  // namespace buskin::test
