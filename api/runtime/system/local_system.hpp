// local_system: a system within this process, of base Threads or Sequential.
#pragma once

#include <memory>

#include "api/runtime/launch/system_settings.hpp"
#include "buskin/actor_system.hpp"

namespace buskin::runtime {

/// `settings.base` is one of these two. Throws std::runtime_error with a sentence.
std::unique_ptr<detail::SystemImpl> open_local_system(const SystemSettings& settings);

}  // namespace buskin::runtime
