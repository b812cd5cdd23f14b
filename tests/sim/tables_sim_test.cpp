// tables_sim_test: types, names, kept replies, entries and records are taken by one, and read whole.
#include <map>
#include <set>

#include "shm/actor/actor_close.hpp"
#include "shm/recovery/member.hpp"
#include "shm/names/names.hpp"
#include "shm/actor/replies.hpp"
#include "shm/mailbox/room_waiter.hpp"
#include "shm/segment/types.hpp"
#include "tests/sim/sim_fixture.hpp"

namespace buskin::test {
namespace {

constexpr std::uint64_t kStepsMax = 400'000;

TypeSpec type_spec(std::uint64_t id) { return {id, "type", id * 10, TypeKind::Message}; }

void expect_whole(const Segment& segment, TypeIndex index, std::uint64_t id) {
  const TypeRow& row = segment.type(index);
  EXPECT_EQ(row.id.load_relaxed(), id);
  EXPECT_EQ(row.schema.load_relaxed(), id * 10) << "a row that is not whole";
}

/// All threads that register a type get the same row, and a thread that finds it finds it whole.
TEST(TablesSim, ATypeHasOneRowAndIsFoundWhole) {
  for_each_seed(kStepsMax, [](SimRun& run) {
    auto rows = std::make_shared<std::map<std::uint64_t, std::set<std::uint64_t>>>();
    for (std::uint64_t first = 1; first <= 2; ++first) {
      run.simulation.add([&run, rows, first] {
        for (const std::uint64_t id : {first, 3 - first}) {
          const auto index = register_type(run.segment_, type_spec(id));
          ASSERT_TRUE(index.ok());
          (*rows)[id].insert(to_bits(index.value()));
          expect_whole(run.segment_, index.value(), id);
        }
      });
    }
    run.simulation.add([&run, rows] {
      for (int round = 0; round < 8; ++round) {
        for (const std::uint64_t id : {1u, 2u}) {
          const TypeIndex index = find_type(run.segment_, id);
          if (index == TypeIndex::None) continue;
          (*rows)[id].insert(to_bits(index));
          expect_whole(run.segment_, index, id);
        }
      }
    });
    return [rows] {
      for (const auto& [id, indices] : *rows) EXPECT_EQ(indices.size(), 1u) << id;
    };
  });
}

/// A parent word that says whose slot it is.
SlotSpec marked_spec(std::uint32_t mark) {
  SlotSpec spec;
  spec.mailbox.capacity = 4;
  spec.key = mark;
  return spec;
}

/// When several insert one name at the same time, one has it; the others, and all that look, find that one.
TEST(TablesSim, ANameHasOneHolder) {
  for_each_seed(kStepsMax, [](SimRun& run) {
    auto holders = std::make_shared<int>(0);
    for (std::uint32_t i = 0; i < 2; ++i) {
      Thread& thread = run.add_thread();
      run.simulation.add([&run, &thread, holders, i] {
        for (std::uint32_t round = 0; round < 3; ++round) {
          const auto id = reserve_actor(thread, marked_spec(7 + i));
          if (!id.ok()) continue;
          ActorId holder{};
          const auto named = insert_name(thread, id.value(), "one", holder);
          if (named.ok()) {
            EXPECT_EQ(++*holders, 1) << "two have the name";
            EXPECT_EQ(name_of(run.segment_, id.value()), "one");
            --*holders;
            remove_name(thread, id.value());
          } else {
            EXPECT_EQ(named.error(), NameError::Taken);
            EXPECT_NE(holder.index, id.value().index);
          }
          ASSERT_TRUE(begin_close(thread, id.value()));
          drain(thread, id.value(), [](Thread&, Lane, Handle) { return LeftMail::Drop; });
          push_exit_notice(thread, id.value(), {}, TypeIndex::None, {});
          release_slot(thread, id.value());
        }
      });
    }
    run.simulation.add([&run] {
      for (int round = 0; round < 12; ++round) {
        const ActorId id = find_name(run.segment_, "one");
        if (id.index == ActorIndex::None) continue;
        const std::uint64_t mark = run.segment_.slot(id.index).key.read();
        EXPECT_TRUE(mark == 7 || mark == 8) << "a slot that is not filled";
      }
    });
    return [] {};
  });
}

/// Once an actor has a name and keeps it, every later look finds it.
TEST(TablesSim, WhoHasANameIsFoundByWhoeverKnowsOfHim) {
  for_each_seed(kStepsMax, [](SimRun& run) {
    auto told = std::make_shared<Atomic<std::uint64_t>>();
    Thread& thread = run.add_thread();
    run.simulation.add([&thread, told] {
      const ActorId id = reserve_actor(thread, marked_spec(7)).value();
      ActorId holder{};
      while (!insert_name(thread, id, "one", holder).ok()) {  // Ends: the other one removes it.
      }
      told->store_release(id.word());
    });
    Thread& other = run.add_thread();
    run.simulation.add([&run, &other, told] {
      const ActorId late = reserve_actor(other, marked_spec(8)).value();
      ActorId holder{};
      const std::uint64_t known = told->load_acquire();
      const bool is_named = insert_name(other, late, "one", holder).ok();
      if (is_named) {
        EXPECT_EQ(known, 0u) << "it has the name already";
        remove_name(other, late);
      } else {
        EXPECT_EQ(run.segment_.slot(holder.index).key.read(), 7u);
      }
    });
    return [&run, told] { remove_name(*run.thread_, ActorId::from_word(told->load_relaxed())); };
  });
}

KeptReply kept(ActorId asker, ActorId keeper, std::uint64_t message) {
  return {message, asker, message * 10, 0, keeper};
}

/// A row is used again at once. Who answers it reads it whole, and one of those who end it does.
TEST(TablesSim, AKeptReplyIsAnsweredOnceFromAWholeRow) {
  for_each_seed(kStepsMax, [](SimRun& run) {
    auto row = std::make_shared<Atomic<std::uint64_t>>();  // Message above, row index below.
    auto forgotten = std::make_shared<Atomic<std::uint64_t>>();
    const ActorId asker = run.add_actor(), keeper = run.add_actor();
    Thread& keeping = run.add_thread();
    run.simulation.add([&keeping, row, asker, keeper] {
      for (std::uint64_t message = 1; message <= 4; ++message) {
        const auto index = keep_reply(keeping, kept(asker, keeper, message));
        ASSERT_TRUE(index.ok());
        const auto again = keep_reply(keeping, kept(asker, keeper, message));
        EXPECT_TRUE(again.ok() && again.value() == index.value()) << "a request with two rows";
        row->store_relaxed(message << 32 | static_cast<std::uint32_t>(index.value()));
        while (row->load_acquire() != 0) sim::wait_a_step();  // Ends: the other one answers.
      }
    });
    Thread& answering = run.add_thread();
    run.simulation.add([&run, &answering, row] {
      for (int answered = 0; answered < 4;) {
        const std::uint64_t word = row->load_relaxed();
        if (word == 0) {
          sim::wait_a_step();
          continue;
        }
        const auto index = static_cast<ReplyIndex>(word & 0xffff'ffff);
        const KeptReply reply = read_kept(run.segment_, index);
        if (reply.message == 0) continue;  // Not seen yet.
        EXPECT_EQ(reply.message, word >> 32);
        EXPECT_EQ(reply.correlation, reply.message * 10);
        answer_kept(answering, index, SimRun::make(answering, reply.message));
        ++answered;
        row->store_release(0);
      }
    });
    return [&run, asker] {
      LaneReader reader(run.segment_, asker.index, Lane::Replies);
      for (std::uint64_t message = 1; message <= 4; ++message) {
        ASSERT_TRUE(reader.poll());
        const Hand hand = reader.begin(Phase::Running);
        EXPECT_EQ(run.value_of(hand.handle), message);
        reader.complete(*run.thread_, hand);
      }
      EXPECT_FALSE(reader.poll());
    };
  });
}

/// Two processes join, work and leave on one entry and one record. Each finds both as if they were new.
TEST(TablesSim, AnEntryAndARecordAreOnesAtATime) {
  TableCounts counts = kSimTables;
  counts.threads = 3;  // Record 1 is the fixture's.
  for_each_seed(kStepsMax, [](SimRun& run) {
    auto holders = std::make_shared<int>(0);
    for (int i = 0; i < 2; ++i) {
      run.simulation.add([&run, holders] {
        for (int round = 0; round < 3; ++round) {
          auto joined = Member::join(run.segment_, {});
          if (!joined.ok()) continue;
          const auto leased = joined.value()->lease_thread();
          if (!leased.ok()) continue;
          Thread& thread = *leased.value();
          EXPECT_EQ(++*holders, 1);
          EXPECT_EQ(thread.record().op_handle.load_relaxed(), 0u) << "of its former holder";
          thread.record().op_handle.store_relaxed(77);
          const Handle handle = SimRun::make(thread, 1);
          if (handle != Handle::None) thread.heap().free(handle);
          --*holders;
          joined.value()->return_thread(&thread);
        }
      });
    }
    return [] {};
  }, counts);
}

/// The admin ends the system when nobody is there; who joins meanwhile is seen, or sees that it ends.
TEST(TablesSim, WhoJoinsAnEndingSystemIsSeenOrTold) {
  for_each_seed(kStepsMax, [](SimRun& run) {
    auto is_in = std::make_shared<bool>(false), is_over = std::make_shared<bool>(false);
    EXPECT_TRUE(run.segment_.back(Table::Processes, 1).ok());
    run.simulation.add([&run, is_in] {
      auto joined = Member::join(run.segment_, {});
      *is_in = joined.ok();
      if (joined.ok()) (void)joined.value().release();  // Stays.
    });
    run.simulation.add([&run, is_over] {
      run.segment_.superblock().ending.store_seq_cst(1);
      // As the admin does.
      const auto word = ProcessWord::unpack(run.segment_.process(ProcessIndex{1}).word.load_seq_cst());
      *is_over = word.state == ProcessState::Free;
    });
    return [is_in, is_over] { EXPECT_FALSE(*is_in && *is_over) << "ended under a process"; };
  });
}

/// Two that wait for room at each other: one of them finds out.
TEST(TablesSim, OfTwoThatWaitForEachOtherOneIsTold) {
  for_each_seed(kStepsMax, [](SimRun& run) {
    const ActorId x = run.add_actor(1), y = run.add_actor(1);
    unpark(run.segment_, x.index);
    unpark(run.segment_, y.index);
    for (const auto& [own, other] : {std::pair{x, y}, std::pair{y, x}}) {
      Thread& thread = run.add_thread();
      EXPECT_EQ(send(thread, {other, Lane::Messages, Admission::Bounded}, SimRun::make(thread, 1)),
                SendStatus::Accepted);
      run.simulation.add([&run, &thread, own = own, other = other] {
        // The thread that gets the error takes its own message and makes room.
        if (RoomWaiter(thread, own, {other}).wait(~std::uint64_t{0}) == RoomWait::Retry) return;
        LaneReader reader(run.segment_, own.index, Lane::Messages);
        ASSERT_TRUE(reader.poll());
        reader.complete(thread, reader.begin(Phase::Running));
        const std::uint64_t done[kLaneCount] = {1, 1, reader.done()};
        EXPECT_FALSE(park(run.segment_, own.index, done));
      });
    }
    return [] {};
  });
}

}  // namespace
}  // namespace buskin::test
