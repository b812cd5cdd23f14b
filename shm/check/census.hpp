// Census: the result of one look at a segment: every block that is not free, whether it was found where it says
// that it belongs, and what is wrong.
//
// census_blocks.hpp fills the list from the unit table, census_actors.hpp finds the blocks again in chains and
// words, and then census_blocks.hpp judges those that nothing names.
#pragma once

#include <string>
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

class Census {
 public:
  explicit Census(const Segment& segment) : segment_(segment) {}

  const Segment& segment() const { return segment_; }
  CheckReport& report() { return report_; }
  CheckTotals& totals() { return report_.totals; }
  void find(std::string sentence) { report_.findings.push_back(std::move(sentence)); }

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
  std::vector<Counted> blocks_;
};

}  // namespace buskin::shm
