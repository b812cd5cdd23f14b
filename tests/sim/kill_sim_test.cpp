// kill_sim_test: a process is killed at any step, and repaired at once beside all who live.
//
// The victim stops for ever at a step that the seed chooses; from then on the kernel, which is this test, says
// that it is dead. The repairer works while senders send and receivers receive, and may be killed as well.
#include <map>
#include <set>

#include "shm/recovery/reap.hpp"
#include "shm/memory/units.hpp"
#include "tests/sim/sim_fixture.hpp"

namespace buskin::test {
namespace {

constexpr std::uint64_t kStepsMax = 2'000'000;
constexpr ProcessIndex kSurvivor{1};  // Whose the other threads are.
constexpr ProcessIndex kVictim{2};
constexpr ProcessIndex kRepairer{3};
constexpr std::uint64_t kSharedValue = 77;
constexpr std::size_t kReaders = 30;

void join(SimRun& run, ProcessIndex process) {
  EXPECT_TRUE(run.segment_.back(Table::Processes, to_bits(process)).ok());
  run.segment_.process(process).word.store_release(ProcessWord{0, ProcessState::Alive}.pack());
}

/// A thread of a process of its own, which is not tidied up: the dead leave everything as it is.
Thread& add_process(SimRun& run, ProcessIndex process) {
  join(run, kSurvivor);
  join(run, process);
  const auto index = static_cast<ThreadIndex>(10 + to_bits(process));
  EXPECT_TRUE(run.segment_.back(Table::Threads, to_bits(index)).ok());
  run.segment_.thread(index).process.store_relaxed(to_bits(process));
  auto* const thread = new Thread(run.segment_, process, index);  // Its end would give its spans back.
  thread->heap().free(SimRun::make(*thread, 0));
  return *thread;
}

/// What was sent and what arrived. Private memory.
struct Ledger {
  std::set<std::uint64_t> accepted{};
  std::map<std::uint64_t, int> arrived{};
  Atomic<std::uint32_t> is_repaired{};

  void expect_each_once() const {
    for (const std::uint64_t value : accepted) EXPECT_EQ(arrived.count(value), 1u) << "lost: " << value;
    for (const auto& [value, times] : arrived) EXPECT_EQ(times, 1) << "arrived more than once: " << value;
  }
};

void send_all(Thread& thread, ActorId to, Ledger& ledger, std::uint64_t first, std::uint64_t count) {
  for (std::uint64_t value = first; value < first + count;) {
    const Handle handle = SimRun::make(thread, value);
    if (send(thread, {to, Lane::Messages, Admission::Bounded}, handle) == SendStatus::Accepted) {
      ledger.accepted.insert(value++);
    } else {
      thread.heap().free(handle);
    }
  }
}

/// Receives until everybody has sent, the dead are repaired, and nothing is left.
void receive_all(SimRun& run, Thread& thread, ActorId id, Ledger& ledger, const std::function<bool()>& is_over) {
  LaneReader reader(run.segment_, id.index, Lane::Messages);
  for (;;) {  // Ends: the others end.
    const bool is_last = is_over();
    if (!reader.poll()) {
      if (is_last) return;
      sim::wait_a_step();
      continue;
    }
    const Hand hand = reader.begin(Phase::Running);
    ++ledger.arrived[run.value_of(hand.handle)];
    reader.store_done(hand);
    EXPECT_EQ(run.segment_.block(hand.handle).own.load_relaxed(), hand.own) << "freed under its receiver";
    drop(thread, hand.handle);
  }
}

/// Repairs all that are dead, as often as necessary.
void repair(SimRun& run, Thread& thread, const std::map<ProcessIndex, std::size_t>& processes) {
  const ReapOptions options{[&](ProcessIndex process) {
                              const auto at = processes.find(process);
                              return at != processes.end() && run.simulation.has_ended(at->second);
                            },
                            {}};
  for (const auto& [process, number] : processes) {
    for (;;) {  // Ends: the process ends, or is killed.
      const auto reaped = reap_process(thread, process, options);
      if (reaped.ok() || reaped.error() == ReapError::NotThere) break;
      sim::wait_a_step();
    }
  }
}

TEST(KillSim, OfASenderLosesNothingAndLeaksNothing) {
  for_each_seed(kStepsMax, [](SimRun& run) {
    auto ledger = std::make_shared<Ledger>();
    auto living = std::make_shared<Atomic<std::uint32_t>>(1);
    const ActorId id = run.add_actor(2);
    unpark(run.segment_, id.index);
    Thread& victim = add_process(run, kVictim);
    const std::size_t number =
        run.simulation.add_stopping([&victim, id, ledger] { send_all(victim, id, *ledger, 100, 4); }, 150);
    Thread& sender = run.add_thread();
    run.simulation.add([&sender, id, ledger, living] {
      send_all(sender, id, *ledger, 200, 3);
      living->store_release(0);
    });
    Thread& receiver = run.add_thread();
    run.simulation.add([&run, &receiver, id, ledger, living] {
      receive_all(run, receiver, id, *ledger, [=] {
        return living->load_acquire() == 0 && ledger->is_repaired.load_acquire() == 1;
      });
    });
    Thread& repairer = run.add_thread();
    run.simulation.add([&run, &repairer, ledger, number] {
      repair(run, repairer, {{kVictim, number}});
      ledger->is_repaired.store_release(1);
    });
    return [ledger] { ledger->expect_each_once(); };
  });
}

/// The sender is dead from the start, its message in the chain, its record as the push left it: whether it was
/// pushed is looked up while the receiver takes it in hand, lets go of it and goes on.
TEST(KillSim, OfASenderIsJudgedWhileItsMessageIsHandled) {
  for_each_seed(kStepsMax, [](SimRun& run) {
    auto ledger = std::make_shared<Ledger>();
    const ActorId id = run.add_actor();
    unpark(run.segment_, id.index);
    Thread& before = run.add_thread();
    send_all(before, id, *ledger, 200, 1);
    Thread& victim = add_process(run, kVictim);
    const std::size_t number = run.simulation.add_stopping([] { sim::wait_a_step(); }, 1);
    send_all(victim, id, *ledger, 100, 1);
    send_all(before, id, *ledger, 201, 1);
    Thread& receiver = run.add_thread();
    run.simulation.add([&run, &receiver, id, ledger] {
      receive_all(run, receiver, id, *ledger, [=] { return ledger->is_repaired.load_acquire() == 1; });
    });
    Thread& repairer = run.add_thread();
    run.simulation.add([&run, &repairer, ledger, number] {
      repair(run, repairer, {{kVictim, number}});
      ledger->is_repaired.store_release(1);
    });
    return [ledger] { ledger->expect_each_once(); };
  });
}

/// x consumes each message by a turn: one is forwarded to y, the next answered by a new message.
void relay(SimRun& run, Thread& thread, ActorId x, ActorId y, std::uint64_t last) {
  LaneReader reader(run.segment_, x.index, Lane::Messages);
  while (reader.done() < last) {
    if (!reader.poll()) {
      sim::wait_a_step();
      continue;
    }
    const Hand hand = reader.begin(Phase::Running);
    const std::uint64_t value = run.value_of(hand.handle);
    const Handle output = value % 2 == 0 ? hand.handle : SimRun::make(thread, value);
    const Staged staged{EntryKind::Send, Lane::Messages, output, y};
    commit_turn(thread, reader, hand, {&staged, 1});
  }
}

/// `repairers_die`: the first repairer is of a process of its own, and killed too.
void kill_a_host(bool repairers_die) {
  for_each_seed(kStepsMax, [=](SimRun& run) {
    constexpr std::uint64_t kMessages = 4;
    auto ledger = std::make_shared<Ledger>();
    auto is_over = std::make_shared<Atomic<std::uint32_t>>();
    const ActorId x = run.add_actor(), y = run.add_actor();
    EXPECT_TRUE(change_life(run.segment_, x, LifeState::Reserved, LifeState::Active, kVictim));
    unpark(run.segment_, x.index);
    unpark(run.segment_, y.index);
    const std::uint64_t last = run.segment_.mailbox(x.index).lanes[2].done.load_relaxed() + kMessages;

    Thread& victim = add_process(run, kVictim);
    std::map<ProcessIndex, std::size_t> mortals;
    mortals[kVictim] =
        run.simulation.add_stopping([&run, &victim, x, y, last] { relay(run, victim, x, y, last); }, 400);
    if (repairers_die) {
      Thread& first = add_process(run, kRepairer);
      const auto victims = mortals;
      mortals[kRepairer] = run.simulation.add_stopping([&run, &first, victims] { repair(run, first, victims); }, 4'000);
    }
    Thread& sender = run.add_thread();
    run.simulation.add([&sender, x, ledger] { send_all(sender, x, *ledger, 300, kMessages); });
    Thread& receiver = run.add_thread();
    run.simulation.add([&run, &receiver, y, ledger, is_over] {
      receive_all(run, receiver, y, *ledger, [=] { return is_over->load_acquire() == 1; });
    });
    Thread& repairer = run.add_thread();
    run.simulation.add([&run, &repairer, mortals, x, y, last, is_over] {
      repair(run, repairer, mortals);
      EXPECT_EQ(life_of(run.segment_, x).state, LifeState::Notified);
      relay(run, repairer, x, y, last);  // The successor.
      is_over->store_release(1);
    });
    return [ledger] { ledger->expect_each_once(); };
  });
}

TEST(KillSim, OfAHostLeavesEachTurnDoneOnceOrNotYet) { kill_a_host(false); }

TEST(KillSim, OfAHostAndOfItsRepairerIsRepairedByTheNext) { kill_a_host(true); }

/// 30 envelopes under groups of two; the receiver lets go of each while the sender makes, sends and dies.
TEST(KillSim, OfAMulticasterLeavesEachReaderItsPayload) {
  for_each_seed(kStepsMax, [](SimRun& run) {
    auto is_repaired = std::make_shared<Atomic<std::uint32_t>>();
    auto accepted = std::make_shared<std::size_t>(0);
    auto arrived = std::make_shared<std::size_t>(0);
    const ActorId id = run.add_actor();
    unpark(run.segment_, id.index);
    Thread& victim = add_process(run, kVictim);
    const std::size_t number = run.simulation.add_stopping([&victim, id, accepted] {
      std::vector<Handle> envelopes(kReaders);
      EXPECT_TRUE(share(victim, SimRun::make(victim, kSharedValue), envelopes).ok());
      for (const Handle envelope : envelopes) {
        EXPECT_EQ(send(victim, {id, Lane::Messages, Admission::Bounded}, envelope), SendStatus::Accepted);
        ++*accepted;
      }
    }, 2'000);
    Thread& receiver = run.add_thread();
    run.simulation.add([&run, &receiver, id, is_repaired, arrived] {
      LaneReader reader(run.segment_, id.index, Lane::Messages);
      for (;;) {  // Ends: the sender ends, and is repaired.
        const bool is_last = is_repaired->load_acquire() == 1;
        if (!reader.poll()) {
          if (is_last) return;
          sim::wait_a_step();
          continue;
        }
        const Hand hand = reader.begin(Phase::Running);
        const PayloadView view = view_payload(run.segment_, hand.handle);
        EXPECT_EQ(*reinterpret_cast<const std::uint64_t*>(view.bytes.data()), kSharedValue);
        reader.complete(receiver, hand);
        ++*arrived;
      }
    });
    Thread& repairer = run.add_thread();
    run.simulation.add([&run, &repairer, number, is_repaired] {
      repair(run, repairer, {{kVictim, number}});
      is_repaired->store_release(1);
    });
    return [accepted, arrived] {
      EXPECT_GE(*arrived, *accepted);
      EXPECT_LE(*arrived, *accepted + 1);
    };
  });
}

/// Takes and frees runs and large blocks; keeps up to two of them.
void allocate_and_free(Thread& thread, std::uint64_t rounds) {
  std::vector<Handle> kept;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    const auto made = thread.heap().allocate(round % 3 == 1 ? 200'000 : 300'000 + 70'000 * round);
    if (made.ok()) kept.push_back(made.value());
    if (kept.size() < 3 && made.ok()) continue;
    for (const Handle handle : kept) {
      EXPECT_EQ(OwnerWord::unpack(thread.segment().block(handle).own.load_relaxed()).state, BlockState::Held);
      thread.heap().free(handle);
    }
    kept.clear();
  }
  for (const Handle handle : kept) thread.heap().free(handle);
}

TEST(KillSim, OfAnAllocatorGivesEveryUnitBack) {
  for_each_seed(kStepsMax, [](SimRun& run) {
    Thread& victim = add_process(run, kVictim);
    const std::size_t number = run.simulation.add_stopping([&victim] { allocate_and_free(victim, 8); }, 2'500);
    for (int i = 0; i < 2; ++i) {
      Thread& living = run.add_thread();
      run.simulation.add([&living] { allocate_and_free(living, 6); });
    }
    Thread& repairer = run.add_thread();
    run.simulation.add([&run, &repairer, number] { repair(run, repairer, {{kVictim, number}}); });
    return [&run] {
      while (run.threads_.size() > 1) run.threads_.pop_back();  // With their spans.
      (void)reclaim_units(run.segment_, run.thread_->index());
      for (std::uint64_t unit = 0; unit < run.segment_.layout().count_of(Table::Units); ++unit) {
        if (!run.segment_.is_backed(Table::Units, unit)) continue;
        EXPECT_EQ(unit_word(run.segment_, unit_at(unit)).state, UnitState::Free) << unit;
      }
    };
  });
}

}  // namespace
}  // namespace buskin::test
