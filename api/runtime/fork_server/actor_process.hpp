// Actor process: what a forked child does with its life.
//
// It attaches anew, because the mapping of its parent is not there, hosts what
// it was forked for, and ends when all its actors have.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "api/runtime/launch/paths.hpp"
#include "shm/base/ids.hpp"

namespace buskin::runtime {

struct ActorOrder {
  shm::ActorId actor{};
  shm::ActorId output{};    ///< For the lines of actors that it creates.
  std::uint64_t place = 0;  ///< Of a shared process; 0: it is the actor's own.
  std::vector<shm::ActorId> more{};  ///< Whom a shared process hosts from its beginning besides.
};

/// What `ps` and the log call the process of this type's actor, as in `Hello 17`.
std::string actor_title(const std::string& type_name, shm::ActorId actor);

/// Returns the exit code of the process.
int run_actor_process(const SystemPaths& paths, std::uint64_t program, const ActorOrder& order);

}  // namespace buskin::runtime
