// Histogram: its percentiles equal those of a sorted list.
#include "examples/support/histogram.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace {

using support::Histogram;

TEST(Histogram, IsZeroWhenNothingWasRecorded) {
  const Histogram none;
  EXPECT_EQ(none.count(), 0u);
  EXPECT_EQ(none.percentile(0.5), 0u);
  EXPECT_EQ(none.max(), 0u);
  EXPECT_EQ(none.min(), 0u);
}

TEST(Histogram, IsExactBelow64) {
  Histogram small;
  for (std::uint64_t value = 1; value <= 50; ++value) small.record(value);
  EXPECT_EQ(small.percentile(0.5), 25u);
  EXPECT_EQ(small.percentile(0.02), 1u);
  EXPECT_EQ(small.percentile(1), 50u);
}

TEST(Histogram, IsAtMostOne64thAboveASortedList) {
  std::mt19937_64 random(7);
  std::vector<std::uint64_t> values;
  Histogram histogram;
  for (int i = 0; i < 100'000; ++i) {
    values.push_back(random() >> (random() % 64));
    histogram.record(values.back());
  }
  std::sort(values.begin(), values.end());
  for (const double share : {0.1, 0.5, 0.9, 0.99, 0.999, 0.9999}) {
    const std::uint64_t exact = values[static_cast<std::size_t>(share * 100'000 + 0.5) - 1];
    EXPECT_GE(histogram.percentile(share), exact) << share;
    EXPECT_LE(histogram.percentile(share) - exact, exact / 64 + 1) << share;
  }
  EXPECT_EQ(histogram.max(), values.back());
  EXPECT_EQ(histogram.min(), values.front());
}

TEST(Histogram, TakesTheLargestValue) {
  Histogram histogram;
  histogram.record(~std::uint64_t{0});
  EXPECT_EQ(histogram.percentile(0.5), ~std::uint64_t{0});
}

TEST(Histogram, MergedIsAsIfRecordedInOne) {
  Histogram one, two, both;
  for (std::uint64_t value = 1; value < 10'000; value += 3) {
    (value % 2 == 0 ? one : two).record(value), both.record(value);
  }
  one.merge(two);
  EXPECT_EQ(one.count(), both.count());
  EXPECT_EQ(one.percentile(0.99), both.percentile(0.99));
  EXPECT_EQ(one.min(), both.min());
}

TEST(Histogram, CountsEachValueInExactlyOneOfAdjacentRanges) {
  Histogram histogram;
  for (std::uint64_t value = 0; value < 5000; ++value) histogram.record(value);
  std::uint64_t sum = 0;
  for (std::uint64_t low = 1; low < 8192; low *= 2) sum += histogram.between(low, low * 2);
  EXPECT_EQ(sum, 4999u);
}

}  // namespace
