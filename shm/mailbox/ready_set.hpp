// ReadySet: the map of a process in which senders mark which of its mailboxes have mail.
//
// A tree of words: a bit of a leaf is one mailbox, a bit above it is one word below. Senders set bits from the leaf up,
// the host clears them from the top down.
#pragma once

#include <cstdint>
#include <vector>

#include "shm/segment/segment.hpp"

namespace buskin::shm {

/// The host's side of its process's ready map.
class ReadySet {
 public:
  /// Requires a backed map, at least for bit 0; see back_map().
  ReadySet(Segment& segment, ProcessIndex process) : segment_(&segment), process_(process) {}
  /// Reserves the map up to this bit: most processes need no more than its first piece.
  static Result<Done, MemoryError> back_map(Segment& segment, ProcessIndex process, std::uint32_t bit);
  /// Sees to it that an entry without a process has a map, for the next process that needs one. Without effect when
  /// there is no memory.
  static void back_spare_map(Segment& segment);
  /// Has the entry of this process a map, perhaps from a former process?
  static bool has_map(const Segment& segment, ProcessIndex process);

  bool any() const;
  /// Clears from the top down and appends the bits that were set.
  void take(std::vector<std::uint32_t>& bits);
  /// Sets the bit, then its summaries. A bit that is set already excuses only its own step.
  void set(std::uint32_t bit);

 private:
  Atomic<std::uint64_t>& word(std::size_t level, std::uint64_t index) const;
  void take_below(std::size_t level, std::uint64_t index, std::vector<std::uint32_t>& bits);

  Segment* segment_;
  ProcessIndex process_;
};

}  // namespace buskin::shm
