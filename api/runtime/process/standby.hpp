// Standby: an idle copy of a fork server, which sleeps until somebody dies.
//
//   its fork server    it takes that one's place, and forks a standby of its own
//   the admin          it starts another one, if the system is still there
//
// It is no member of the system: it has neither a mailbox nor a thread record, and costs some pages.
//
// Floor: runtime.
#pragma once

#include <functional>

#include "api/runtime/process/paths.hpp"

namespace buskin::runtime {

/// Runs `serve` in this process, and again in a standby whenever the one that runs it is killed.
/// Returns in the process in which it returned, with its result.
int serve_with_standby(const SystemPaths& paths, const std::function<int()>& serve);

}  // namespace buskin::runtime
