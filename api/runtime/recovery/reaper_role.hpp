// role: who repairs at once. The others wait a while, and only then do it in its place.
//
// `superblock.reaper` names a process: the admin, or while there is none a fork
// server. It is a preference, not a lock: a stopped holder holds up nobody for
// longer than kOthersWait_ns, because the evidence for a repair is the dead
// process's, and the claim on its entry is exclusive.
#pragma once

#include <cstdint>

#include "api/runtime/launch/paths.hpp"
#include "api/runtime/recovery/process_watch.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::runtime {

/// What has been left undone for so long by whoever should do it, another one does.
inline constexpr std::uint64_t kOthersWait_ns = 50'000'000;

MemberId reaper_of(const shm::Segment& segment);
/// Who said last that it is the admin.
MemberId admin_member(const shm::Segment& segment);
/// Is this life of the entry still there, dead or not? When it was repaired, the entry is another's soon.
bool is_there(const shm::Segment& segment, MemberId member);
/// This life of the entry, by the kernel's word.
bool lives(const shm::Segment& segment, MemberId member, const SystemPaths& paths);
/// Takes the role when nobody living has it. True when it is ours now, or was.
bool take_reaper_role(shm::Segment& segment, MemberId own, const SystemPaths& paths);
/// Ours goes to `to`; without effect when it is not ours.
void hand_reaper_role(shm::Segment& segment, MemberId own, MemberId to);

/// Process of the living fork server of a program; 0 for none.
std::int32_t server_of(const shm::Segment& segment, std::uint64_t program, const SystemPaths& paths);
/// Is the system about to end, by itself or because it was told to?
bool is_stopping(const shm::Segment& segment);

}  // namespace buskin::runtime
