// attach: joins a living system, or starts one and joins that.
#pragma once

#include <functional>
#include <memory>

#include "api/runtime/host/host.hpp"
#include "api/runtime/launch/paths.hpp"
#include "api/runtime/launch/system_settings.hpp"

namespace buskin::runtime {

using MakeSpawner = std::function<std::unique_ptr<Spawner>()>;

/// Joins the system as `node`, and starts the system when it does not live. Throws std::runtime_error with a
/// sentence.
std::unique_ptr<Host> join_system(const SystemPaths& paths, const SystemSettings& settings, const NodeOptions& node,
                                  const MakeSpawner& make_spawner);

}  // namespace buskin::runtime
