// Histogram: counts of durations in buckets that grow with the value.
//
// Log-linear: each power of two is cut into 64 equal buckets, so that a
// percentile is at most 1/64 too high, from 1 ns to 2^63 ns, in 30 KiB and
// without allocation while recording. Percentiles are the upper end of their
// bucket, never better than what was seen; the maximum is exact.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace support {

class Histogram {
 public:
  void record(std::uint64_t value) {
    ++buckets_[index_of(value)];
    ++count_;
    max_ = std::max(max_, value);
    min_ = std::min(min_, value);
  }
  void merge(const Histogram& other) {
    for (std::size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    max_ = std::max(max_, other.max_);
    min_ = std::min(min_, other.min_);
  }

  std::uint64_t count() const { return count_; }
  std::uint64_t max() const { return max_; }
  std::uint64_t min() const { return count_ == 0 ? 0 : min_; }

  /// The value that `share` (0..1) of all values do not exceed; 0 when there is none.
  std::uint64_t percentile(double share) const {
    if (count_ == 0) return 0;
    const double exact = std::clamp(share, 0.0, 1.0) * static_cast<double>(count_);
    auto rank = static_cast<std::uint64_t>(exact);
    if (static_cast<double>(rank) < exact) ++rank;
    rank = std::max<std::uint64_t>(rank, 1);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      seen += buckets_[i];
      if (seen >= rank) return std::min(upper_end(i), max_);
    }
    return max_;
  }

  /// How many values lie in [low, high), as exactly as the buckets tell: by their lower ends.
  std::uint64_t between(std::uint64_t low, std::uint64_t high) const {
    std::uint64_t sum = 0;
    for (std::size_t i = index_of(low); i < kBuckets && lower_end(i) < high; ++i) sum += buckets_[i];
    return sum;
  }

 private:
  static constexpr unsigned kBits = 6;
  static constexpr std::uint64_t kPerPower = std::uint64_t{1} << kBits;
  static constexpr std::size_t kBuckets = (64 - kBits + 1) * kPerPower;

  // Below 64 a bucket is one value. Above, the leading bit chooses the power and
  // the six bits behind it the bucket within.
  static constexpr std::size_t index_of(std::uint64_t value) {
    if (value < kPerPower) return static_cast<std::size_t>(value);
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - kBits - 1;
    return static_cast<std::size_t>((std::uint64_t{shift} << kBits) + (value >> shift));
  }
  static constexpr std::uint64_t lower_end(std::size_t index) {
    if (index < kPerPower) return index;
    const auto shift = static_cast<unsigned>(index >> kBits) - 1;
    return (std::uint64_t{index} - (std::uint64_t{shift} << kBits)) << shift;
  }
  static constexpr std::uint64_t upper_end(std::size_t index) {
    return index + 1 < kBuckets ? lower_end(index + 1) - 1 : ~std::uint64_t{0};
  }

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
  std::uint64_t min_ = ~std::uint64_t{0};
};

}  // namespace support
