// admin_start: starts an admin: its arguments, and which of several processes that miss it starts it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "api/runtime/launch/paths.hpp"
#include "api/runtime/launch/start_lock.hpp"
#include "api/runtime/launch/system_settings.hpp"

namespace buskin::runtime {

/// What buskin-admin is started with for a system of these options. Throws as linger_of().
std::vector<std::string> admin_arguments(const SystemPaths& paths, const SystemSettings& settings);

/// Starts an admin; `lock` is the system's. Throws std::runtime_error with its sentence.
void start_admin(const StartLock& lock, const SystemPaths& paths, const std::vector<std::string>& arguments);

/// Starts an admin for a system whose admin is dead. Nothing where an admin lives, or the system has ended.
/// `lock` is the system's. Throws as start_admin().
void replace_dead_admin(const StartLock& lock, const SystemPaths& paths, const SystemSettings& settings);

/// The same, under a lock of its own: of several processes that miss the admin, one starts it.
void replace_dead_admin(const SystemPaths& paths, const SystemSettings& settings);

}  // namespace buskin::runtime
