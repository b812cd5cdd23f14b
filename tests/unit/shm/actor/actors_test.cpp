// actors_test: the life of a slot, and that closing leaves nothing behind.
#include <array>
#include <atomic>
#include <cstring>
#include <set>
#include <thread>

#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

using Values = std::vector<std::uint64_t>;

class Actors : public SegmentFixture {
 protected:
  OwnerWord notice_of(ActorId id) {
    return own_of(static_cast<Handle>(segment_.slot(id.index).exit_notice.handle.load_relaxed()));
  }
};

TEST_F(Actors, AreReservedWithAnOpenMailboxAndANotice) {
  SlotSpec spec;
  spec.type = static_cast<TypeIndex>(7);
  spec.key = 99;
  spec.flags = SlotFlag::kClient;
  spec.mailbox = {.capacity = 12, .bytes_max = 34, .when_full = WhenFull::Fail, .wait_ns = 56,
                  .delivery = Delivery::ExactlyOnce};
  const ActorId id = reserve_actor(*thread_, spec).value();
  EXPECT_NE(id.index, ActorIndex::None);
  EXPECT_EQ(life_of(segment_, id).state, LifeState::Reserved);
  EXPECT_EQ(life_of(segment_, id).host, kProcess);
  EXPECT_EQ(notice_of(id).state, BlockState::Notice);
  EXPECT_EQ(notice_of(id).gen, segment_.slot(id.index).exit_notice.gen.load_relaxed());
  const Mailbox& mailbox = segment_.mailbox(id.index);
  EXPECT_EQ(mailbox.capacity.read(), 12u);
  EXPECT_EQ(mailbox.when_full.read(), WhenFull::Fail);
  EXPECT_EQ(mailbox.delivery.read(), Delivery::ExactlyOnce);
  EXPECT_EQ(segment_.slot(id.index).key.read(), 99u);
  EXPECT_EQ(send_value(id, 1), SendStatus::Accepted);
  EXPECT_EQ(take_all(id), Values{1});
}

TEST_F(Actors, ChangeTheirLifeOnlyFromTheStateThatWasMeant) {
  const ActorId id = add_actor();
  EXPECT_FALSE(change_life(segment_, id, LifeState::Active, LifeState::Suspended, kProcess));
  EXPECT_TRUE(change_life(segment_, id, LifeState::Reserved, LifeState::Requested, kProcess));
  EXPECT_TRUE(change_life(segment_, id, LifeState::Requested, LifeState::Init, static_cast<ProcessIndex>(3)));
  EXPECT_EQ(life_of(segment_, id).host, static_cast<ProcessIndex>(3));
  const ActorId other{id.index, id.gen + 1};
  EXPECT_FALSE(change_life(segment_, other, LifeState::Init, LifeState::Active, kProcess));
  EXPECT_EQ(life_of(segment_, other).state, LifeState::Free);
}

TEST_F(Actors, AreUnknownOutsideTheTable) {
  EXPECT_EQ(life_of(segment_, {}).state, LifeState::Free);
  EXPECT_EQ(life_of(segment_, {static_cast<ActorIndex>(1u << 30), 1}).state, LifeState::Free);
}

TEST_F(Actors, AreAsManyAsTheTableHolds) {
  std::set<std::uint64_t> indices;
  for (std::uint32_t i = 1; i < kSmallTables.actors; ++i) indices.insert(to_bits(add_actor(4).index));
  EXPECT_EQ(indices.size(), kSmallTables.actors - 1);
  const auto more = reserve_actor(*thread_, {});
  ASSERT_FALSE(more.ok());
  EXPECT_EQ(more.error(), MemoryError::TableFull);
}

TEST_F(Actors, ComeAndGoInTheSameRunOfSlots) {
  std::set<std::uint64_t> indices;
  for (int i = 0; i < 1'000; ++i) {
    const ActorId id = add_actor();
    indices.insert(to_bits(id.index));
    end_actor(id);
  }
  EXPECT_LE(indices.size(), 64u);
}

TEST_F(Actors, AreGivenToOneThreadEach) {
  constexpr std::size_t kThreads = 3;
  constexpr std::size_t kEach = 600;
  std::array<Thread*, kThreads> records{};
  for (Thread*& record : records) record = &add_thread();
  std::array<std::vector<ActorId>, kThreads> taken;
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < kEach; ++i) taken[t].push_back(reserve_actor(*records[t], {}).value());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::uint64_t> indices;
  for (const auto& ids : taken) {
    for (const ActorId id : ids) indices.insert(to_bits(id.index));
  }
  EXPECT_EQ(indices.size(), kThreads * kEach);
}

TEST_F(Actors, AreVisitedWhileTheyAreInUse) {
  const ActorId a = add_actor();
  const ActorId b = add_actor();
  std::vector<ActorId> seen;
  const auto note = [&](ActorId id, LifeWord) { seen.push_back(id); };
  for_each_actor(segment_, note);
  EXPECT_EQ(seen, (std::vector<ActorId>{a, b}));
  end_actor(a);
  seen.clear();
  for_each_actor(segment_, note);
  EXPECT_EQ(seen, std::vector<ActorId>{b});
}

TEST_F(Actors, AreClosedByOne) {
  const ActorId id = add_actor();
  EXPECT_TRUE(begin_close(*thread_, id));
  EXPECT_FALSE(begin_close(*thread_, id));
  EXPECT_EQ(life_of(segment_, id).state, LifeState::Closing);
  end_actor(id);
  EXPECT_FALSE(begin_close(*thread_, id));
}

TEST_F(Actors, DrainEveryMessageOfEveryLane) {
  const ActorId id = add_actor();
  ASSERT_EQ(send_value(id, 1, Lane::Control), SendStatus::Accepted);
  ASSERT_EQ(send_value(id, 2, Lane::Replies), SendStatus::Accepted);
  for (std::uint64_t i = 3; i < 10; ++i) ASSERT_EQ(send_value(id, i), SendStatus::Accepted);
  ASSERT_TRUE(begin_close(*thread_, id));
  Values drained;
  drain(*thread_, id, [&](Thread&, Lane, Handle handle) {
    drained.push_back(value_of(handle));
    return LeftMail::Drop;
  });
  EXPECT_EQ(drained, (Values{1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(life_of(segment_, id).state, LifeState::Drained);
  push_exit_notice(*thread_, id, {}, TypeIndex::None, {});
  release_slot(*thread_, id);
}

TEST_F(Actors, DrainWithTheDeadLetterActorTheMessagesMeantForIt) {
  const ActorId id = add_actor();
  const ActorId dead = add_actor();
  segment_.superblock().dead_letter_actor.store_release(dead.word());
  for (std::uint64_t i = 0; i < 4; ++i) ASSERT_EQ(send_value(id, i), SendStatus::Accepted);
  ASSERT_TRUE(begin_close(*thread_, id));
  drain(*thread_, id, [&](Thread&, Lane, Handle handle) {
    return value_of(handle) % 2 == 0 ? LeftMail::ToDeadLetters : LeftMail::Drop;
  });
  EXPECT_EQ(take_all(dead), (Values{0, 2}));
  push_exit_notice(*thread_, id, {}, TypeIndex::None, {});
  release_slot(*thread_, id);
}

TEST_F(Actors, FreeTheirSavedBlocksAndTimersWhenTheyEnd) {
  const ActorId id = add_actor();
  ActorSlot& slot = segment_.slot(id.index);
  const auto own = [&](BlockState state) {
    const Handle handle = make(*thread_, 0);
    const OwnerWord word{state, static_cast<std::uint32_t>(to_bits(id.index)), own_of(handle).gen};
    segment_.block(handle).own.store_release(word.pack());
    return handle;
  };
  slot.saved.store_release(SavedWord{3, own(BlockState::Saved)}.pack());
  slot.spec.store_release(to_bits(own(BlockState::Saved)));
  slot.name.store_release(to_bits(own(BlockState::Saved)));
  const Handle second = own(BlockState::Timed);
  const Handle first = own(BlockState::Timed);
  reinterpret_cast<BlockExtension*>(&segment_.block(second) + 1)->link.store_release(0);
  reinterpret_cast<BlockExtension*>(&segment_.block(first) + 1)->link.store_release(to_bits(second));
  slot.timers.store_release(to_bits(first));
  end_actor(id);
  EXPECT_EQ(blocks_in_use(segment_), 0u);
}

TEST_F(Actors, SendTheirExitNoticeExactlyOnce) {
  const ActorId parent = add_actor(1);
  ASSERT_EQ(send_value(parent, 1), SendStatus::Accepted);  // Full: a notice is exempt.
  const ActorId child = add_actor();
  const std::uint64_t op_before = thread_->record().op_own.load_relaxed();
  ASSERT_TRUE(begin_close(*thread_, child));
  drain(*thread_, child, [](Thread&, Lane, Handle) { return LeftMail::Drop; });
  const std::array<std::byte, 5> text{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}, std::byte{5}};
  push_exit_notice(*thread_, child, parent, static_cast<TypeIndex>(9), text);
  push_exit_notice(*thread_, child, parent, static_cast<TypeIndex>(9), text);  // As a repeated repair would.
  EXPECT_EQ(thread_->record().op_own.load_relaxed(), op_before) << "a notice must not stand in the op record";
  release_slot(*thread_, child);

  LaneReader reader(segment_, parent.index, Lane::Messages);
  ASSERT_TRUE(reader.poll());
  reader.complete(*thread_, reader.begin(Phase::Running));
  ASSERT_TRUE(reader.poll());
  const Hand hand = reader.begin(Phase::Running);
  const BlockHeader& block = segment_.block(hand.handle);
  const WhatWord what = WhatWord::unpack(block.what.load_relaxed());
  EXPECT_EQ(what.type, static_cast<TypeIndex>(9));
  EXPECT_EQ(what.len, text.size());
  EXPECT_EQ(what.flags, BlockFlag::kExempt);
  EXPECT_EQ(ActorId::from_word(block.sender.load_relaxed()), child);
  EXPECT_EQ(std::memcmp(&block + 1, text.data(), text.size()), 0);
  reader.complete(*thread_, hand);
  EXPECT_FALSE(reader.poll());
}

TEST_F(Actors, FreeTheirExitNoticeWhenTheParentIsGone) {
  const ActorId parent = add_actor();
  end_actor(parent);
  const ActorId child = add_actor();
  ASSERT_TRUE(begin_close(*thread_, child));
  drain(*thread_, child, [](Thread&, Lane, Handle) { return LeftMail::Drop; });
  push_exit_notice(*thread_, child, parent, TypeIndex::None, {});
  EXPECT_EQ(notice_of(child).state, BlockState::Free);
  release_slot(*thread_, child);
}

TEST_F(Actors, FinishTheOpeningOfALaneThatWasCut) {
  const ActorId id = add_actor();
  end_actor(id);
  // As after a death between the two stores of the next opening: done is one ahead of the closed lane.
  Mailbox& mailbox = segment_.mailbox(id.index);
  mailbox.life.store_release(LifeWord{id.gen + 1, LifeState::Reserved, kProcess}.pack());
  mailbox.lanes[2].done.store_release(mailbox.lanes[2].done.load_acquire() + 1);
  const ActorId cut{id.index, id.gen + 1};
  ASSERT_TRUE(begin_close(*thread_, cut));
  drain(*thread_, cut, [](Thread&, Lane, Handle) { return LeftMail::Drop; });
  release_slot(*thread_, cut);
  while (add_actor().index != id.index) {
  }
  EXPECT_EQ(send_value({id.index, id.gen + 2}, 5), SendStatus::Accepted);
  EXPECT_EQ(take_all({id.index, id.gen + 2}), Values{5});
}

TEST_F(Actors, AcceptNothingAfterTheyWereClosedUnderFire) {
  for (int round = 0; round < 50; ++round) {
    const ActorId id = add_actor(1'000'000);
    std::array<Thread*, 2> records{threads_.size() > 1 ? threads_[1].get() : &add_thread(),
                                   threads_.size() > 2 ? threads_[2].get() : &add_thread()};
    std::atomic<std::uint64_t> accepted{0};
    std::vector<std::thread> senders;
    for (Thread* record : records) {
      senders.emplace_back([&, record] {
        for (;;) {
          const Handle handle = make(*record, 1);
          if (send(*record, {id}, handle) == SendStatus::Accepted) {
            ++accepted;
            continue;
          }
          record->heap().free(handle);
          return;
        }
      });
    }
    while (accepted.load() < 100) std::this_thread::yield();
    ASSERT_TRUE(begin_close(*thread_, id));
    std::uint64_t drained = 0;
    drain(*thread_, id, [&](Thread&, Lane, Handle) {
      ++drained;
      return LeftMail::Drop;
    });
    for (std::thread& sender : senders) sender.join();
    EXPECT_EQ(drained, accepted.load());
    push_exit_notice(*thread_, id, {}, TypeIndex::None, {});
    release_slot(*thread_, id);
  }
}

}  // namespace
}  // namespace buskin::test
