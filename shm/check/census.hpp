// Census: the result of one look at a segment: every block that is not free, whether it was found where it says
// that it belongs, and what is wrong.
//
// census_blocks.hpp fills the list from the unit table, census_actors.hpp finds the blocks again in chains and
// words, and then census_blocks.hpp judges those that nothing names.
#pragma once

#include <compare>
#include <string>
#include <utility>
#include <vector>

#include "shm/check/check.hpp"

namespace buskin::shm {

/// A block that is not FREE.
struct Counted {
  Handle handle{};
  std::uint64_t own = 0;
  std::uint64_t next = 0;
  std::uint64_t what = 0;
  bool is_named = false;  ///< Found in the chain, or by the word, that it says it belongs to.
};

/// One thing that is wrong, as one look sees it.
struct Finding {
  std::string sentence;
  std::uint64_t seen = 0;
  friend auto operator<=>(const Finding&, const Finding&) = default;
};

class Census {
 public:
  explicit Census(const Segment& segment) : segment_(segment) {}

  const Segment& segment() const { return segment_; }
  CheckReport& report() { return report_; }
  CheckTotals& totals() { return report_.totals; }
  /// `seen`: the word that the sentence is about, where the sentence does not name its life. A finding counts only if
  /// it is the same in the next look, and so is that word.
  void find(std::string sentence, std::uint64_t seen = 0) { findings_.push_back({std::move(sentence), seen}); }
  /// Sorted.
  std::vector<Finding> take_findings();

  /// Blocks are added in the order of their handles.
  void add(const Counted& block) { blocks_.push_back(block); }
  const std::vector<Counted>& blocks() const { return blocks_; }
  /// The block at `handle` if it is not FREE, otherwise null.
  Counted* block_at(Handle handle);
  /// Marks the block as named when it has exactly this word. False otherwise.
  bool name(Handle handle, std::uint64_t own);
  /// The same for a state and owner, in any generation.
  bool name(Handle handle, BlockState state, std::uint64_t id);

  /// Does a process have the thread record?
  bool is_record_in_use(std::uint64_t thread) const;

 private:
  const Segment& segment_;
  CheckReport report_;
  std::vector<Finding> findings_;
  std::vector<Counted> blocks_;
};

}  // namespace buskin::shm
