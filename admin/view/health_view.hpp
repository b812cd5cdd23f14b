// HealthView: whether every block of a segment and every message that was accepted is accounted for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/runtime/launch/paths.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::view {

struct HealthView {
  std::vector<std::string> findings;  ///< One sentence for each fault; none when all is well.
  std::vector<std::pair<std::string_view, std::uint64_t>> totals;
  std::uint64_t changed = 0;          ///< Steps of living processes that one look met half done.

  bool is_well() const { return findings.empty(); }
};

/// Looks at every block and every counter. It works beside living processes and when all of them are dead.
/// Requires the paths of `segment`. Cost: some 10 ns per block, and a read of each message that waits.
HealthView view_health(const shm::Segment& segment, const runtime::SystemPaths& paths);

}  // namespace buskin::view
