// multicast_test: one payload lives until its last reader lets go, however many there are.
#include <algorithm>
#include <numeric>
#include <random>
#include <thread>

#include "shm/memory/units.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

class MulticastTest : public SegmentFixture {
 protected:
  using SegmentFixture::SegmentFixture;

  std::vector<Handle> share_with(Handle payload, std::size_t receivers) {
    std::vector<Handle> envelopes(receivers);
    EXPECT_TRUE(share(*thread_, payload, envelopes).ok());
    return envelopes;
  }
  std::uint64_t value_through(Handle envelope) const {
    return *reinterpret_cast<const std::uint64_t*>(view_payload(segment_, envelope).bytes.data());
  }
  void expect_in_use(std::uint64_t blocks) const { EXPECT_EQ(blocks_in_use(segment_), blocks); }
};

/// Blocks between the payload and its envelopes.
std::uint64_t groups_for(std::size_t receivers) {
  if (receivers <= 28) return 0;
  const std::size_t share = (receivers + 27) / 28;
  std::uint64_t groups = 0;
  for (std::size_t at = 0; at < receivers; at += share) groups += 1 + groups_for(std::min(share, receivers - at));
  return groups;
}

TEST_F(MulticastTest, ThePayloadLivesUntilTheLastOfAnyNumberOfReaders) {
  std::mt19937_64 random(3);
  for (const std::size_t receivers : {1u, 2u, 27u, 28u, 29u, 56u, 57u, 783u, 784u, 785u, 1'500u, 22'000u}) {
    const Handle payload = make(*thread_, 4'711 + receivers);
    const std::uint64_t gen = own_of(payload).gen;
    std::vector<Handle> envelopes = share_with(payload, receivers);
    EXPECT_EQ(own_of(payload).state, BlockState::Shared);
    EXPECT_EQ(own_of(payload).gen, gen);
    expect_in_use(1 + receivers + groups_for(receivers));
    std::shuffle(envelopes.begin(), envelopes.end(), random);
    for (const Handle envelope : envelopes) {
      ASSERT_EQ(own_of(envelope).state, BlockState::Held);
      ASSERT_EQ(own_of(payload).state, BlockState::Shared) << receivers;
      ASSERT_EQ(value_through(envelope), 4'711 + receivers);
      drop(*thread_, envelope);
    }
    EXPECT_EQ(own_of(payload).pack(), OwnerWord::free(gen).pack()) << receivers;
    expect_in_use(0);
  }
}

TEST_F(MulticastTest, EachEnvelopeOwnsABitOfItsOwn) {
  const Handle payload = make(*thread_, 1);
  const std::vector<Handle> envelopes = share_with(payload, 28);
  const auto bits = [&] { return RefsWord::unpack(segment_.block(payload).next.load_relaxed()).bits; };
  EXPECT_EQ(bits(), 0xfff'ffffu);
  for (std::size_t i = 0; i < 28; ++i) {
    const std::uint32_t before = bits();
    drop(*thread_, envelopes[i]);
    EXPECT_EQ(std::popcount(before ^ bits()), 1);
  }
}

TEST_F(MulticastTest, ThroughMailboxesEachReceiverReadsItOnce) {
  const ActorId a = add_actor(), b = add_actor(), c = add_actor();
  const std::array<ActorId, 3> receivers{a, b, c};
  std::vector<Handle> envelopes = share_with(make(*thread_, 42), 3);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(send(*thread_, {receivers[i], Lane::Messages, Admission::Bounded}, envelopes[i]), SendStatus::Accepted);
  }
  for (const ActorId id : receivers) {
    LaneReader reader(segment_, id.index, Lane::Messages);
    ASSERT_TRUE(reader.poll());
    const Hand hand = reader.begin(Phase::Running);
    EXPECT_EQ(value_through(hand.handle), 42u);
    reader.complete(*thread_, hand);
    EXPECT_FALSE(reader.poll());
  }
  end_actors();
  expect_in_use(0);
}

/// A repairer repeats what a dead receiver may have done.
TEST_F(MulticastTest, ADropMayBeRepeated) {
  const Handle payload = make(*thread_, 1);
  const std::vector<Handle> envelopes = share_with(payload, 2);
  const std::uint64_t own = segment_.block(envelopes[0]).own.load_relaxed();
  Atomic<std::uint64_t>& refs = segment_.block(payload).next;
  refs.store_relaxed(refs.load_relaxed() & ~std::uint64_t{1});  // It died between its bit and its envelope.

  EXPECT_TRUE(drop_exact(*thread_, envelopes[0], own));
  EXPECT_FALSE(drop_exact(*thread_, envelopes[0], own));
  EXPECT_EQ(own_of(payload).state, BlockState::Shared);
  drop(*thread_, envelopes[1]);
  EXPECT_EQ(own_of(payload).state, BlockState::Free);
}

TEST_F(MulticastTest, WhoFindsAllBitsClearFreesThePayload) {
  const Handle payload = make(*thread_, 1);
  const std::vector<Handle> envelopes = share_with(payload, 1);
  const std::uint64_t own = segment_.block(envelopes[0]).own.load_relaxed();
  Atomic<std::uint64_t>& refs = segment_.block(payload).next;
  refs.store_relaxed(refs.load_relaxed() & ~std::uint64_t{1});

  EXPECT_TRUE(drop_exact(*thread_, envelopes[0], own));
  EXPECT_EQ(own_of(payload).state, BlockState::Free);
}

TEST_F(MulticastTest, AReferenceOfAFormerLifeDoesNothing) {
  const Handle payload = make(*thread_, 1);
  const std::vector<Handle> envelopes = share_with(payload, 1);
  const auto* const kept = reinterpret_cast<const EnvelopePayload*>(&segment_.block(envelopes[0]) + 1);
  const EnvelopePayload old = *kept;
  drop(*thread_, envelopes[0]);
  // The payload's place is another shared payload now, and an envelope still names the former.
  const Handle stale = make(*thread_, 0);
  Handle again = make(*thread_, 2);
  for (std::vector<Handle> others; again != payload; again = make(*thread_, 2)) others.push_back(again);
  const std::vector<Handle> readers = share_with(payload, 2);
  *reinterpret_cast<EnvelopePayload*>(&segment_.block(stale) + 1) = old;
  segment_.block(stale).what.store_relaxed(WhatWord{8, {}, BlockFlag::kEnvelope}.pack());
  const std::uint64_t refs = segment_.block(payload).next.load_relaxed();

  drop(*thread_, stale);

  EXPECT_EQ(segment_.block(payload).next.load_relaxed(), refs);
  for (const Handle reader : readers) drop(*thread_, reader);
  EXPECT_EQ(own_of(payload).state, BlockState::Free);
}

class MulticastRoomTest : public MulticastTest {
 protected:
  MulticastRoomTest() : MulticastTest(with_units(kSmallTables, 4)) {}
};

TEST_F(MulticastRoomTest, WithoutMemoryNothingIsShared) {
  const Handle payload = make(*thread_, 5);
  const std::uint64_t own = segment_.block(payload).own.load_relaxed();
  std::vector<Handle> envelopes(6'000);  // More than four units hold.

  EXPECT_EQ(share(*thread_, payload, envelopes).error(), MemoryError::NoUnits);

  EXPECT_EQ(segment_.block(payload).own.load_relaxed(), own);
  expect_in_use(1);
  envelopes.resize(100);
  ASSERT_TRUE(share(*thread_, payload, envelopes).ok());
  for (const Handle envelope : envelopes) drop(*thread_, envelope);
}

/// Several threads let go at once; payloads of many rounds use the same blocks in turn.
TEST_F(MulticastTest, TheLastOfSeveralThreadsFreesItUnderContention) {
  constexpr std::size_t kThreads = 4;
  constexpr std::uint64_t kRounds = 300;
  while (threads_.size() < kThreads) add_thread();
  std::array<std::vector<Handle>, kThreads> shares;
  std::mt19937_64 random(5);
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    for (const std::size_t receivers : {3u, 28u, 40u, 800u}) {
      std::vector<Handle> envelopes = share_with(make(*thread_, round), receivers);
      std::shuffle(envelopes.begin(), envelopes.end(), random);
      for (std::size_t i = 0; i < receivers; ++i) shares[i % kThreads].push_back(envelopes[i]);
    }
    if (round % 10 != 9) continue;
    std::vector<std::jthread> readers;
    for (std::size_t id = 0; id < kThreads; ++id) {
      readers.emplace_back([&, id] {
        for (const Handle envelope : shares[id]) {
          ASSERT_LE(value_through(envelope), round);
          drop(*threads_[id], envelope);
        }
        shares[id].clear();
      });
    }
    readers.clear();
    ASSERT_EQ(blocks_in_use(segment_), 0u) << "round " << round;
  }
}

TEST_F(MulticastTest, AForeignBlockThatIsKeptIsNotedForTheSweep) {
  Thread& other = add_thread();
  const Handle own = make(*thread_, 1), foreign = make(other, 2);
  const auto is_noted = [&](Handle handle) {
    const std::uint64_t bit = to_bits(head_of(segment_, handle)) % (64 * thread_->record().filter.size());
    return (thread_->record().filter[bit / 64].load_relaxed() >> bit % 64 & 1) != 0;
  };
  const std::uint64_t gen = own_of(foreign).gen;
  hold(*thread_, own);
  hold(*thread_, foreign);
  EXPECT_FALSE(is_noted(own));
  EXPECT_TRUE(is_noted(foreign));
  EXPECT_EQ(own_of(foreign).pack(), OwnerWord::held(thread_->index(), gen + 1).pack());
  drop(*thread_, own);
  drop(*thread_, foreign);
}

}  // namespace
}  // namespace buskin::test
