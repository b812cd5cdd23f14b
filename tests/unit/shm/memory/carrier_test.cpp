// carrier_test: what a notice brings lives as long as one of those that bring it, or were made of it.
#include "shm/memory/carrier.hpp"

#include <array>

#include "shm/memory/returned.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

class CarrierTest : public SegmentFixture {
 protected:
  Handle carrier_of(Handle carried, std::uint64_t own, std::uint32_t bit = 0) {
    return make_carrier(*thread_, {}, std::as_bytes(std::span(&own, 1)), {carried, bit}).value();
  }
  std::uint64_t read(Handle handle) const {
    return *reinterpret_cast<const std::uint64_t*>(view_payload(segment_, handle).bytes.data());
  }
  std::array<Handle, 2> two_of(Handle carried) {
    const std::array<Handle, 2> carriers{carrier_of(carried, 1), carrier_of(carried, 2, 1)};
    share_with(*thread_, carried, carriers);
    return carriers;
  }
};

TEST_F(CarrierTest, HasBytesOfItsOwnAndBringsTheOther) {
  const Handle carried = make(*thread_, 7);
  const auto carriers = two_of(carried);
  EXPECT_EQ(read(carriers[0]), 1u);
  EXPECT_EQ(view_payload(segment_, carriers[0]).bytes.size(), sizeof(std::uint64_t));
  EXPECT_EQ(read(carried_by(segment_, carriers[1])), 7u);
  for (const Handle carrier : carriers) drop(*thread_, carrier);
}

TEST_F(CarrierTest, TheLastOfThemFreesWhatTheyBring) {
  const Handle carried = make(*thread_, 7);
  const auto carriers = two_of(carried);
  drop(*thread_, carriers[1]);
  EXPECT_EQ(own_of(carried).state, BlockState::Shared);
  drop(*thread_, carriers[0]);
  EXPECT_EQ(own_of(carried).state, BlockState::Free);
}

TEST_F(CarrierTest, OneThatIsNotArmedOwnsNothing) {
  const Handle carried = make(*thread_, 7);
  const Handle late = carrier_of(carried, 3);
  const auto carriers = two_of(carried);
  EXPECT_EQ(carried_by(segment_, late), Handle::None);
  EXPECT_TRUE(brings(segment_, late, carried));
  drop(*thread_, late);
  EXPECT_EQ(own_of(carried).state, BlockState::Shared);
  for (const Handle carrier : carriers) drop(*thread_, carrier);
}

TEST_F(CarrierTest, AnEnvelopeOfWhatItBringsOutlivesIt) {
  const Handle carried = make(*thread_, 7);
  const auto carriers = two_of(carried);
  const Handle envelope = make_envelope_of_carried(*thread_, carriers[0]).value();
  for (const Handle carrier : carriers) drop(*thread_, carrier);
  EXPECT_EQ(read(envelope), 7u);
  drop(*thread_, envelope);
  EXPECT_EQ(own_of(carried).state, BlockState::Free);
}

TEST_F(CarrierTest, ABitIsNeverUsedTwice) {
  const Handle carried = make(*thread_, 7);
  const auto carriers = two_of(carried);
  std::vector<Handle> made;
  for (std::uint32_t i = 0; i < kPassedOnMax; ++i) {
    for (const Handle carrier : carriers) made.push_back(make_envelope_of_carried(*thread_, carrier).value());
    if (i % 2 == 0) continue;
    drop(*thread_, made.back());
    made.pop_back();
  }
  EXPECT_EQ(make_envelope_of_carried(*thread_, carriers[0]).error(), MemoryError::TooBig);
  for (const Handle carrier : carriers) drop(*thread_, carrier);
  while (made.size() > 1) {
    drop(*thread_, made.back());
    made.pop_back();
  }
  EXPECT_EQ(read(made.back()), 7u);
  drop(*thread_, made.back());
}

TEST_F(CarrierTest, AnEnvelopeForWhichThereIsNoMemoryTakesNoBit) {
  const auto carriers = two_of(make(*thread_, 7));
  const std::vector<Handle> all = use_up_memory(*thread_);
  EXPECT_FALSE(make_envelope_of_carried(*thread_, carriers[0]).ok());
  for (const Handle handle : all) thread_->heap().free(handle);
  EXPECT_EQ(detail::reference_of(segment_, carriers[0]).passed_on, 0u);
  for (const Handle carrier : carriers) drop(*thread_, carrier);
}

TEST_F(CarrierTest, AnEnvelopeThatBecomesTheNoticeItselfKeepsItsReference) {
  const Handle carried = make(*thread_, 7);
  const auto carriers = two_of(carried);
  const Handle envelope = make_envelope_of_carried(*thread_, carriers[0]).value();
  for (const Handle carrier : carriers) drop(*thread_, carrier);
  const Returned notice{Returned::Kind::Poison, 9, 3, add_actor(), 77};
  mark_returned(segment_, envelope, notice);
  EXPECT_EQ(read_returned(segment_, envelope).receiver, notice.receiver);
  EXPECT_EQ(carried_by(segment_, envelope), Handle::None) << "it brings nothing";
  EXPECT_EQ(own_of(carried).state, BlockState::Shared);
  drop(*thread_, envelope);
  EXPECT_EQ(own_of(carried).state, BlockState::Free);
}

TEST_F(CarrierTest, BringsAnEnvelopeToo) {
  const Handle payload = make(*thread_, 7);
  std::array<Handle, 2> envelopes{};
  ASSERT_TRUE(share(*thread_, payload, envelopes).ok());
  const auto carriers = two_of(envelopes[0]);
  drop(*thread_, envelopes[1]);
  EXPECT_EQ(read(carried_by(segment_, carriers[0])), 7u);
  for (const Handle carrier : carriers) drop(*thread_, carrier);
  EXPECT_EQ(own_of(payload).state, BlockState::Free);
}

}  // namespace
}  // namespace buskin::test
