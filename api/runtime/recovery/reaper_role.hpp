// reaper_role: which process repairs at once. The others wait a while, and then act in its place.
//
// Role and repairer: the role says which process acts first; a Repairer is what acts, in any process.
//
// `superblock.reaper` names a process: the admin, or a fork server while there is no admin. The role is
// a preference, not a lock: a stopped holder delays a repair by at most kOthersWait_ns, because every
// process can see that another one is dead, and the claim on the dead one's entry is exclusive.
#pragma once

#include <cstdint>

#include "api/runtime/recovery/member_facts.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::runtime {

/// How long other processes wait for the holder of the reaper role before they act in its place.
inline constexpr std::uint64_t kOthersWait_ns = 50'000'000;

shm::MemberId reaper_of(const shm::Segment& segment);
/// Takes the role when no living process has it. True when `own` has it now.
bool take_reaper_role(shm::Segment& segment, shm::MemberId own, const SystemPaths& paths);
/// The role goes from `own` to `to`; without effect when `own` does not have it.
void hand_reaper_role(shm::Segment& segment, shm::MemberId own, shm::MemberId to);

}  // namespace buskin::runtime
