// Sink: receives the lines, and records how late each was, in which order they came, and whether all came.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "../support/histogram.hpp"
#include "actors.hpp"

namespace stages {

/// The way of a line, cut where it changes hands.
enum Part : std::size_t { kSource, kHop1, kHop2, kHop3, kHop4, kWhole, kParts };
inline constexpr std::array<const char*, kParts> kPartNames{"source", "hop1", "hop2", "hop3", "hop4", "end_to_end"};

/// A kill, and the longest time without a line from then to the next kill.
struct Gap {
  std::uint32_t stage = 0;
  std::uint64_t at_ns = 0;  ///< From the first line.
  std::uint64_t length_ns = 0;
};

class Sink {
 public:
  void take(const Done& done) {
    const std::uint64_t now = support::now_ns();
    if (!mark(done.sequence())) {
      ++duplicates_;
      return;
    }
    if (done.sequence() != next_) ++out_of_order_;
    next_ = done.sequence() + 1;
    const std::array<std::uint64_t, 6> times{done.due(), done.sent(), done.in1(), done.in2(), done.in3(), now};
    for (std::size_t i = 0; i + 1 < times.size(); ++i) parts_[i].record(times[i + 1] - times[i]);
    parts_[kWhole].record(now - done.due());
    words_ += done.words();
    patterns_.insert(done.pattern());
    if (first_ns_ == 0) first_ns_ = last_ns_ = now;
    note_gap(now);
    last_ns_ = now;
  }
  void take(const Alive& alive) {
    pids_[alive.stage() % pids_.size()] = alive.pid();
    restarts_ += alive.restarts();
  }
  void killed(std::uint32_t pid) {
    const auto stage = std::find(pids_.begin(), pids_.end(), pid) - pids_.begin();
    gaps_.push_back({static_cast<std::uint32_t>(stage), support::now_ns() - first_ns_, 0});
  }

  std::uint64_t count() const { return count_; }
  std::uint64_t duplicates() const { return duplicates_; }
  /// Lines that came although the one before them had not come just before.
  std::uint64_t out_of_order() const { return out_of_order_; }
  std::uint64_t words() const { return words_; }
  std::uint64_t patterns() const { return patterns_.size(); }
  const std::vector<Gap>& gaps() const { return gaps_; }
  std::uint64_t worst_gap_ns() const {
    std::uint64_t worst = 0;
    for (const Gap& gap : gaps_) worst = std::max(worst, gap.length_ns);
    return worst;
  }
  std::uint64_t restarts() const { return restarts_; }
  double seconds() const { return static_cast<double>(last_ns_ - first_ns_) * 1e-9; }
  const support::Histogram& part(std::size_t i) const { return parts_[i]; }

 private:
  // A gap belongs to every kill that lies in it, or to the last one before it.
  void note_gap(std::uint64_t now) {
    for (std::size_t i = gaps_.size(); i-- > 0;) {
      gaps_[i].length_ns = std::max(gaps_[i].length_ns, now - last_ns_);
      if (first_ns_ + gaps_[i].at_ns <= last_ns_) break;
    }
  }
  // False when the line has come before.
  bool mark(std::uint64_t sequence) {
    const std::size_t word = static_cast<std::size_t>(sequence / 64);
    if (word >= seen_.size()) seen_.resize(word * 2 + 1);
    const std::uint64_t bit = std::uint64_t{1} << sequence % 64;
    if ((seen_[word] & bit) != 0) return false;
    seen_[word] |= bit;
    ++count_;
    return true;
  }

  std::array<support::Histogram, kParts> parts_{};
  std::vector<std::uint64_t> seen_;
  std::unordered_set<std::uint64_t> patterns_;
  std::vector<Gap> gaps_;
  std::array<std::uint32_t, 4> pids_{};  // By stage, from 1.
  std::uint64_t restarts_ = 0;
  std::uint64_t next_ = 0, count_ = 0, duplicates_ = 0, out_of_order_ = 0, words_ = 0;
  std::uint64_t first_ns_ = 0, last_ns_ = 0;
};

}  // namespace stages
