// payload_test: where a message's bytes lie, for every way of putting them there.
#include <cstring>

#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

class PayloadTest : public SegmentFixture {
 protected:
  Handle open(const Envelope& envelope, std::uint64_t bytes) {
    return open_block(*thread_, envelope, bytes, place_).value();
  }
  PayloadView view(Handle handle) const { return view_payload(segment_, handle); }
  void write(std::span<std::byte> bytes, std::byte first) const {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<std::byte>(std::to_integer<unsigned>(first) + i);
    }
  }

  std::span<std::byte> place_;
};

TEST_F(PayloadTest, APlainMessageLiesBehindItsHeader) {
  const ActorId sender{ActorIndex{5}, 9};
  const Handle handle = open({.type = TypeIndex{77}, .flags = BlockFlag::kRepeated, .sender = sender}, 32);
  ASSERT_EQ(place_.size(), 32u);
  write(place_, std::byte{1});

  const PayloadView seen = view(handle);
  EXPECT_EQ(seen.bytes.data(), place_.data());
  EXPECT_EQ(seen.bytes.size(), 32u);
  EXPECT_EQ(reinterpret_cast<std::byte*>(&segment_.block(handle)) + kHeaderBytes, place_.data());
  EXPECT_EQ(seen.type, TypeIndex{77});
  EXPECT_EQ(seen.flags, BlockFlag::kRepeated);
  EXPECT_EQ(seen.sender, sender);
  EXPECT_EQ(seen.extension, nullptr);
  EXPECT_EQ(block_bytes(segment_, handle), 64u) << "header and 32 bytes are one line";
  drop(*thread_, handle);
}

TEST_F(PayloadTest, CorrelationDeadlineAndIdStandInTheExtension) {
  for (const Envelope& envelope : {Envelope{.correlation = 3}, Envelope{.deadline_ns = 4}, Envelope{.id = 5},
                                   Envelope{.correlation = 6, .deadline_ns = 7, .id = 8}}) {
    const Handle handle = open(envelope, 64);
    write(place_, std::byte{9});
    const PayloadView seen = view(handle);
    ASSERT_NE(seen.extension, nullptr);
    EXPECT_EQ(seen.extension->correlation, envelope.correlation);
    EXPECT_EQ(seen.extension->deadline_ns, envelope.deadline_ns);
    EXPECT_EQ(seen.extension->id, envelope.id);
    EXPECT_EQ(seen.extension->link.load_relaxed(), 0u);
    EXPECT_EQ(seen.bytes.data(), place_.data());
    EXPECT_EQ(seen.bytes.size(), 64u);
    EXPECT_EQ(block_bytes(segment_, handle), 128u) << "a request of 64 bytes fits two lines";
    drop(*thread_, handle);
  }
}

TEST_F(PayloadTest, TheDeadlineOfAHeldBlockCanBeSetLater) {
  const Handle handle = open({.flags = BlockFlag::kExtension, .correlation = 3}, 64);
  set_deadline(segment_, handle, 99);
  EXPECT_EQ(view(handle).extension->deadline_ns, 99u);
  EXPECT_EQ(view(handle).extension->correlation, 3u);
  drop(*thread_, handle);
}

TEST_F(PayloadTest, TheLongExtensionStandsBeforeThePayload) {
  const Handle handle = open({.flags = kLongExtension, .id = 1}, 10);
  const std::byte* const start = reinterpret_cast<std::byte*>(&segment_.block(handle));
  EXPECT_EQ(place_.data(), start + kHeaderBytes + sizeof(BlockExtension) + sizeof(BlockLongExtension));
  EXPECT_EQ(view(handle).bytes.data(), place_.data());
  drop(*thread_, handle);
}

/// As a FlatBuffer is built: from the end of all the room there is.
TEST_F(PayloadTest, AMessageBuiltInPlaceEndsWhereItsBlockEnds) {
  for (const std::uint64_t bytes : {std::uint64_t{200}, std::uint64_t{30'000}, std::uint64_t{1} << 20}) {
    const Handle handle = open({.flags = BlockFlag::kTail, .correlation = 2}, bytes);
    const std::uint64_t block = block_bytes(segment_, handle);
    EXPECT_EQ(place_.size(), block - kHeaderBytes - sizeof(BlockExtension));
    const std::span<std::byte> built = place_.last(100);
    write(built, std::byte{40});
    close_tail(segment_, handle, 100);

    const PayloadView seen = view(handle);
    EXPECT_EQ(seen.bytes.data(), built.data());
    EXPECT_EQ(seen.bytes.size(), 100u);
    EXPECT_EQ(seen.bytes.data() + 100, reinterpret_cast<std::byte*>(&segment_.block(handle)) + block);
    EXPECT_EQ(seen.extension->correlation, 2u);
    drop(*thread_, handle);
  }
}

TEST_F(PayloadTest, AnEmptyMessageIsOne) {
  const Handle handle = open({}, 0);
  EXPECT_TRUE(view(handle).bytes.empty());
  drop(*thread_, handle);
}

TEST_F(PayloadTest, WhatNoBlockCanHoldIsRefused) {
  EXPECT_EQ(open_block(*thread_, {}, kPayloadMax + 1, place_).error(), MemoryError::TooBig);
  EXPECT_EQ(open_block(*thread_, {}, kPayloadMax, place_).error(), MemoryError::NoUnits);
}

TEST_F(PayloadTest, EnvelopesOfEnvelopesLeadToTheBytes) {
  const Handle payload =
      open({.type = TypeIndex{3}, .flags = BlockFlag::kTail, .sender = {ActorIndex{4}, 1}, .id = 12}, 300);
  write(place_.last(250), std::byte{7});
  close_tail(segment_, payload, 250);
  const std::byte* const bytes = view(payload).bytes.data();
  std::vector<Handle> envelopes(900);
  ASSERT_TRUE(share(*thread_, payload, envelopes).ok());

  for (const Handle envelope : envelopes) {
    const PayloadView seen = view(envelope);
    EXPECT_EQ(seen.bytes.data(), bytes);
    EXPECT_EQ(seen.bytes.size(), 250u);
    EXPECT_EQ(seen.type, TypeIndex{3});
    EXPECT_EQ(seen.sender, (ActorId{ActorIndex{4}, 1}));
    ASSERT_NE(seen.extension, nullptr);
    EXPECT_EQ(seen.extension->id, 12u);
    drop(*thread_, envelope);
  }
}

}  // namespace
}  // namespace buskin::test
