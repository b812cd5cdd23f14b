// processes_system: a client of a system whose actors live in processes.
//
// Finds or starts the system: segment, admin, this program's fork server. In a
// process that was started as a fork server it does not return.
#pragma once

#include <memory>

#include "api/runtime/launch/system_settings.hpp"
#include "buskin/actor_system.hpp"

namespace buskin::runtime {

/// `argc` and `argv` as given to ActorSystem (may be null), before arguments beginning with
/// --buskin- are taken out. Throws std::runtime_error with a sentence.
std::unique_ptr<detail::SystemImpl> open_processes_system(int* argc, char** argv, const SystemSettings& settings);

}  // namespace buskin::runtime
