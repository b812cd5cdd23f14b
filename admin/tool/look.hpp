// look: what stands in a segment, read from outside, as JSON. Works when everybody is dead.
//
// Nothing is locked and nobody is disturbed: a value may be a moment old, and two of
// them need not be of the same moment.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "api/runtime/launch/paths.hpp"
#include "buskin/address.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::tool {

using Json = nlohmann::ordered_json;

/// name, running, admin, admins (how many so far), reaper (who repairs at once), segment, memory, processes, actors (how many), counters.
Json look_at_system(const shm::Segment& segment, const runtime::SystemPaths& paths);
/// Each process: index, pid, role, title, alive.
Json look_at_processes(const shm::Segment& segment, const std::string& lock_path);
/// Each actor: index, address, type, name, pid, state, mailbox, idle, restarts. Clients' mailboxes with `all`.
Json look_at_actors(const shm::Segment& segment, bool all);
/// One actor with its options. Null when there is none.
Json look_at_actor(const shm::Segment& segment, Address actor);
/// By name, by address, or by index.
Address find_actor(const shm::Segment& segment, const std::string& text);

}  // namespace buskin::tool
