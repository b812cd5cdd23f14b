// Ledger: the client's record of a pass: the files that the walker handed out, and the results that came back.
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "count_generated.h"

namespace count {

/// What the actors found. Two passes over the same files are equal.
struct Found {
  std::uint64_t files = 0, bytes = 0, identifiers = 0, distinct = 0;
  std::vector<std::pair<std::string, std::uint64_t>> top{};
  friend bool operator==(const Found&, const Found&) = default;
};

class Ledger {
 public:
  void take(const Progress& progress) {
    if (progress.batch() >= seen_.size()) seen_.resize(progress.batch() + 1);
    if (seen_[progress.batch()]) {
      twice_ += progress.files() + progress.skipped();
      return;
    }
    seen_[progress.batch()] = true;
    ++batches_;
    done_ += progress.files() + progress.skipped();
    totals_.files += progress.files();
    totals_.bytes += progress.bytes();
    read_identifiers_ += progress.identifiers();
  }
  void take(const Walked& walked) {
    has_walked_ = true;
    batches_all_ = walked.batches();
    files_all_ = walked.files();
  }
  void take(const Totals& totals) {
    has_totals_ = true;
    totals_.identifiers = totals.identifiers();
    totals_.distinct = totals.distinct();
    for (const auto* entry : *totals.top()) totals_.top.emplace_back(entry->name()->str(), entry->count());
  }
  void trouble() { ++troubles_; }

  /// Readers' messages may come after the totals, but all of them come.
  bool is_complete() const { return has_walked_ && has_totals_ && batches_ == batches_all_; }
  const Found& totals() const { return totals_; }
  std::uint64_t files_so_far() const { return totals_.files; }
  std::uint64_t bytes_so_far() const { return totals_.bytes; }
  std::uint64_t troubles() const { return troubles_; }
  /// Files that were handed out and that no reader counted or skipped.
  std::uint64_t lost() const { return files_all_ - std::min(done_, files_all_); }
  /// Files that were counted more than once.
  std::uint64_t twice() const { return twice_; }
  /// Empty when the readers' sums and the aggregators' are the same.
  std::string difference() const {
    if (read_identifiers_ == totals_.identifiers) return {};
    return "the readers found " + std::to_string(read_identifiers_) + " identifiers, the aggregators added up " +
           std::to_string(totals_.identifiers);
  }

 private:
  Found totals_;
  std::vector<bool> seen_;
  std::uint32_t batches_ = 0, batches_all_ = 0;
  std::uint64_t done_ = 0, files_all_ = 0, read_identifiers_ = 0, twice_ = 0, troubles_ = 0;
  bool has_walked_ = false, has_totals_ = false;
};

}  // namespace count
