// kept_logs: the logs of systems that have ended stay; the oldest are removed.
#pragma once

#include <string>

#include "api/runtime/launch/paths.hpp"

namespace buskin::runtime {

/// Logs of so many systems without a segment stay in a folder of logs.
inline constexpr std::size_t kLogsKept = 16;

/// Removes all logs of this user, in the folder of this system's log, that belong to systems which have no segment,
/// but for the kLogsKept that were written to last. This system's own log stays.
void remove_old_logs(const SystemPaths& paths);

}  // namespace buskin::runtime
