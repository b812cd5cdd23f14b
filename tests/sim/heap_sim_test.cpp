// heap_sim_test: blocks and units change hands, in every order of steps that a seed can give.
#include <map>
#include <set>

#include "shm/segment/size_class.hpp"
#include "shm/memory/units.hpp"
#include "tests/sim/sim_fixture.hpp"

namespace buskin::test {
namespace {

constexpr std::uint64_t kStepsMax = 400'000;
constexpr std::uint64_t kLargeSpanBytes = 262'144;  // Four blocks in a span of 16 units.

/// Which thread may write where: no two blocks in use overlap. Private memory: looking here is not a step.
class Ledger {
 public:
  void enter(const Segment& segment, Handle handle) {
    const std::uint64_t first = to_bits(handle) * kCacheLineBytes;
    const std::uint64_t end = first + block_bytes(segment, handle);
    auto next = in_use_.lower_bound(first);
    EXPECT_TRUE(next == in_use_.end() || next->first >= end) << "given twice";
    EXPECT_TRUE(next == in_use_.begin() || std::prev(next)->second <= first) << "given twice";
    in_use_[first] = end;
  }
  void leave(Handle handle) { EXPECT_EQ(in_use_.erase(to_bits(handle) * kCacheLineBytes), 1u); }

 private:
  std::map<std::uint64_t, std::uint64_t> in_use_;
};

std::uint64_t free_units(const Segment& segment) {
  std::uint64_t free = 0;
  for (std::uint64_t unit = 0; unit < segment.layout().count_of(Table::Units); ++unit) {
    if (!segment.is_backed(Table::Units, unit) || unit_word(segment, unit_at(unit)).state == UnitState::Free) ++free;
  }
  return free;
}

/// When all heaps have ended, everything can be given back.
std::function<void()> expect_all_given_back(SimRun& run) {
  return [&run] {
    while (run.threads_.size() > 1) run.threads_.pop_back();
    (void)reclaim_units(run.segment_, run.thread_->index());
    EXPECT_EQ(free_units(run.segment_), run.segment_.layout().count_of(Table::Units));
  };
}

TEST(HeapSim, ABlockThatAnotherFreesIsGivenOnce) {
  for_each_seed(kStepsMax, [](SimRun& run) {
    auto ledger = std::make_shared<Ledger>();
    auto cells = std::make_shared<std::array<Atomic<std::uint64_t>, 2>>();
    Thread& owner = run.add_thread();
    Thread& other = run.add_thread();
    run.simulation.add([&run, &owner, ledger, cells] {
      for (int i = 0; i < 12; ++i) {
        const auto made = owner.heap().allocate(kLargeSpanBytes);
        if (!made.ok()) {  // What the other one gave back is not seen yet.
          --i;
          continue;
        }
        const Handle handle = made.value();
        ledger->enter(run.segment_, handle);
        sim::wrote(&run.segment_.block(handle) + 1);
        if (i % 3 == 2) {
          ledger->leave(handle);
          owner.heap().free(handle);
          continue;
        }
        Atomic<std::uint64_t>& cell = (*cells)[static_cast<std::size_t>(i) % 2];
        while (!cell.cas_release(0, to_bits(handle))) {  // Ends: the other one empties it.
        }
      }
    });
    run.simulation.add([&run, &other, ledger, cells] {
      for (int freed = 0; freed < 8;) {
        for (auto& cell : *cells) {
          const auto handle = static_cast<Handle>(cell.load_acquire());
          if (handle == Handle::None) continue;
          cell.store_release(0);
          sim::read(&run.segment_.block(handle) + 1);
          ledger->leave(handle);
          other.heap().free(handle);
          ++freed;
        }
      }
    });
    return expect_all_given_back(run);
  });
}

TEST(HeapSim, RunsThatSeveralFreeTakeAndReclaimAreGivenOnce) {
  for_each_seed(kStepsMax, [](SimRun& run) {
    auto ledger = std::make_shared<Ledger>();
    for (int i = 0; i < 2; ++i) {
      Thread& thread = run.add_thread();
      run.simulation.add([&run, &thread, ledger] {
        for (int round = 0; round < 3; ++round) {
          const auto made = thread.heap().allocate(kLargeSpanBytes + 1);
          if (!made.ok()) continue;
          ledger->enter(run.segment_, made.value());
          EXPECT_EQ(run.own_of(made.value()).state, BlockState::Held);
          ledger->leave(made.value());
          thread.heap().free(made.value());
        }
      });
    }
    Thread& reclaimer = run.add_thread();
    run.simulation.add([&run, &reclaimer] {
      for (int round = 0; round < 4; ++round) (void)reclaim_units(run.segment_, reclaimer.index());
    });
    return expect_all_given_back(run);
  });
}

/// An orphan is adopted, used and left again while another one looks whether it is empty.
TEST(HeapSim, AnOrphanInUseIsNotReclaimed) {
  for_each_seed(kStepsMax, [](SimRun& run) {
    auto ledger = std::make_shared<Ledger>();
    for (int i = 0; i < 2; ++i) {
      const ThreadIndex index = run.add_thread().index();
      run.simulation.add([&run, index, ledger] {
        Handle kept = Handle::None;
        for (int round = 0; round < 6; ++round) {
          Heap heap(run.segment_, index);  // Its end makes its spans orphans.
          if (kept != Handle::None) {
            const UnitState state = unit_word(run.segment_, head_of(run.segment_, kept)).state;
            // A block that found no room for a span has units of its own.
            EXPECT_TRUE(state == UnitState::Orphan || state == UnitState::Span || state == UnitState::Run)
                << "given back with a block in use";
            ledger->leave(kept);
            heap.free(kept);
          }
          const auto made = heap.allocate(kLargeSpanBytes);
          kept = made.ok() ? made.value() : Handle::None;
          if (made.ok()) ledger->enter(run.segment_, kept);
        }
        Heap heap(run.segment_, index);
        if (kept != Handle::None) {
          ledger->leave(kept);
          heap.free(kept);
        }
      });
    }
    Thread& reclaimer = run.add_thread();
    run.simulation.add([&run, &reclaimer] {
      for (int round = 0; round < 30; ++round) (void)reclaim_units(run.segment_, reclaimer.index());
    });
    return expect_all_given_back(run);
  });
}

/// Three threads want two spans each, and there are four: they take those of parked heaps, while the owners come back,
/// allocate from theirs and park again.
TEST(HeapSim, TheSpansOfParkedHeapsAreGivenOnce) {
  const auto body = [](SimRun& run) {
    auto ledger = std::make_shared<Ledger>();
    for (int i = 0; i < 3; ++i) {
      Thread& thread = run.add_thread();
      run.simulation.add([&run, &thread, ledger] {
        for (int round = 0; round < 8; ++round) {
          std::vector<Handle> held;
          for (const std::uint64_t bytes : {16'384u, 12'288u}) {  // Each in a span of one unit.
            const auto made = thread.heap().allocate(bytes);
            if (!made.ok()) continue;
            held.push_back(made.value());
            ledger->enter(run.segment_, made.value());
          }
          for (const Handle handle : held) {
            EXPECT_EQ(run.own_of(handle).state, BlockState::Held);
            ledger->leave(handle);
            thread.heap().free(handle);
          }
          thread.heap().park();
        }
      });
    }
    return expect_all_given_back(run);
  };
  for_each_seed(kStepsMax, body, with_units(kSimTables, 4));
}

/// Each round's payload lies in one of four blocks: the last who drops it makes room for the next one.
TEST(HeapSim, ASharedPayloadIsWrittenAnewAfterItsLastReader) {
  for_each_seed(kStepsMax, [](SimRun& run) {
    constexpr std::uint64_t kRounds = 6;
    Thread& maker = run.add_thread();
    std::array<ActorId, 2> readers{run.add_actor(), run.add_actor()};
    for (const ActorId id : readers) unpark(run.segment_, id.index);
    run.simulation.add([&run, &maker, readers] {
      for (std::uint64_t round = 0; round < kRounds;) {
        const auto made = maker.heap().allocate(kLargeSpanBytes);
        if (!made.ok()) continue;
        BlockHeader& block = run.segment_.block(made.value());
        sim::wrote(&block + 1);
        *reinterpret_cast<std::uint64_t*>(&block + 1) = round;
        block.what.store_relaxed(WhatWord{8, {}, 0}.pack());
        std::array<Handle, 2> envelopes{};
        ASSERT_TRUE(share(maker, made.value(), envelopes).ok());
        for (std::size_t i = 0; i < 2; ++i) {
          ASSERT_EQ(send(maker, {readers[i], Lane::Messages, Admission::Bounded}, envelopes[i]), SendStatus::Accepted);
        }
        ++round;
      }
    });
    for (const ActorId id : readers) {
      Thread& thread = run.add_thread();
      run.simulation.add([&run, &thread, id] {
        LaneReader reader(run.segment_, id.index, Lane::Messages);
        for (std::uint64_t round = 0; round < kRounds;) {
          if (!reader.poll()) continue;
          const Hand hand = reader.begin(Phase::Running);
          const PayloadView view = view_payload(run.segment_, hand.handle);
          sim::read(view.bytes.data());
          EXPECT_EQ(*reinterpret_cast<const std::uint64_t*>(view.bytes.data()), round++);
          reader.complete(thread, hand);
        }
      });
    }
    return [] {};
  });
}

/// Three readers drop one payload; a repairer repeats the drop of one that died after clearing its bit,
/// while the blocks are taken for other envelopes at once.
TEST(HeapSim, ADropThatIsRepeatedTouchesNobodyElsesReference) {
  for_each_seed(kStepsMax, [](SimRun& run) {
    Thread& maker = run.add_thread();
    // Two of the 30 receivers lie below each bit: group, envelope, envelope. The block of a group is an envelope.
    auto envelopes = std::make_shared<std::vector<Handle>>(30);
    const Handle payload = SimRun::make(maker, 5);
    EXPECT_TRUE(share(maker, payload, *envelopes).ok());
    for (std::size_t i = 2; i < envelopes->size(); ++i) drop(maker, (*envelopes)[i]);
    // The first two share a group. The first reader died: its bit is clear, its envelope still there.
    const Handle dead = (*envelopes)[0];
    const auto* reference = reinterpret_cast<const EnvelopePayload*>(&run.segment_.block(dead) + 1);
    Atomic<std::uint64_t>& refs = run.segment_.block(static_cast<Handle>(reference->payload)).next;
    refs.store_relaxed(refs.load_relaxed() & ~(std::uint64_t{1} << reference->bit));
    const std::uint64_t dead_own = run.segment_.block(dead).own.load_relaxed();

    run.simulation.add([&maker, envelopes] {
      drop(maker, (*envelopes)[1]);  // The last but the dead one: frees group and payload.
      for (int round = 0; round < 3; ++round) {
        // Takes the freed blocks again, for other payloads and envelopes.
        std::array<Handle, 2> readers{};
        const Handle other = SimRun::make(maker, 6);
        EXPECT_TRUE(share(maker, other, readers).ok());
        const std::size_t first = static_cast<std::size_t>(round) % 2;
        drop(maker, readers[first]);
        EXPECT_EQ(OwnerWord::unpack(maker.segment().block(other).own.load_relaxed()).state, BlockState::Shared);
        drop(maker, readers[1 - first]);
      }
    });
    Thread& repairer = run.add_thread();
    run.simulation.add([&repairer, dead, dead_own] { EXPECT_TRUE(drop_exact(repairer, dead, dead_own)); });
    return [] {};
  });
}

}  // namespace
}  // namespace buskin::test
