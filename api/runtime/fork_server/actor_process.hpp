// actor_process: what a forked child does until it ends.
//
// It attaches to the segment by itself, because a forked child does not inherit its parent's mapping,
// hosts what it was forked for, and ends when all its actors have ended.
#pragma once

#include <cstdint>
#include <string>

#include "api/runtime/fork_server/fork_spec.hpp"
#include "api/runtime/fork_server/start_notes.hpp"
#include "api/runtime/host/host.hpp"
#include "api/runtime/launch/output_pipe.hpp"
#include "api/runtime/launch/paths.hpp"

namespace buskin::runtime {

/// What `ps` and the log call the process of this type's actor, as in `Hello 17`.
std::string actor_title(const std::string& type_name, shm::ActorId actor);

/// Hosts the actor in this process, or closes it with the reason why that is not possible. Throws std::runtime_error
/// with the reason when the actor has started before and this process hosts no other: another process is to try again.
void host_or_close(Host& host, shm::ActorId actor, const ActorSpec& spec);

/// What a forked child has in common with its fork server.
struct FromServer {
  StartNotes& notes;
  OutputPipe output;  ///< To which the child prints.
};

/// Runs what `fork` says, whose actor has this spec. Returns the exit code of the process: kCouldNotHost when it could
/// not host the actor, and then the reason stands in the notes.
int run_actor_process(const SystemPaths& paths, std::uint64_t program, const ForkSpec& fork, const ActorSpec& spec,
                      FromServer shared);

}  // namespace buskin::runtime
