// Check: is every block where it belongs? It only reads, in a segment in use or in one whose processes are all dead.
//
// Each block is FREE, or QUEUED and in exactly one chain above `done`, or SHARED
// with a reference for each bit, or SAVED, TIMED or NOTICE and named by its
// actor, or HELD by a thread record in use. Chains go down by one; units hang
// together; names lead to living actors, records to processes.
//
// Beside living processes a single look may meet a step half done. So a finding
// counts only if it is found again, with the very same words, in the same life of
// its block; what differs has changed while the check looked.
#pragma once

#include <string>
#include <vector>

#include "shm/segment/segment.hpp"

namespace buskin::shm {

struct CheckTotals {
  std::uint64_t processes = 0;
  std::uint64_t dead = 0;  ///< Processes that are marked dead and wait for their repair.
  std::uint64_t threads = 0;
  std::uint64_t actors = 0;
  std::uint64_t messages = 0;  ///< In all lanes.
  std::uint64_t units_free = 0;
  std::uint64_t units_used = 0;
  std::uint64_t blocks_free = 0;
  std::uint64_t blocks_held = 0;
  std::uint64_t blocks_queued = 0;
  std::uint64_t blocks_shared = 0;
  std::uint64_t blocks_saved = 0;
  std::uint64_t blocks_timed = 0;
  std::uint64_t blocks_notice = 0;
  std::uint64_t in_doubt = 0;  ///< Queued in name only: a send or turn under way, or one that a repair decides.
  std::uint64_t names = 0;
  std::uint64_t changed = 0;  ///< Steps of living processes that one look met half done, and that the next did not.
};

struct CheckReport {
  CheckTotals totals;
  std::vector<std::string> findings;  ///< Sentences; empty when all is well.

  bool ok() const { return findings.empty(); }
};

inline constexpr int kCheckLooksMax = 4;  ///< Until the same finding counts.

/// Looks once when all is well, otherwise up to `looks` times. Errors: none; a block that cannot be read is a finding.
/// Cost: some 10 ns per block, and a read of each message in a chain.
CheckReport check_segment(const Segment& segment, int looks = kCheckLooksMax);

}  // namespace buskin::shm
