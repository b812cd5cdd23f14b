// member_facts: which processes are in the system, and what they are to it.
#pragma once

#include <cstdint>

#include "api/runtime/launch/paths.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::runtime {

/// The process that named itself the admin last.
shm::MemberId admin_member(const shm::Segment& segment);
/// Is this life of the entry still there, dead or alive? After the repair the entry is free for another process.
bool is_there(const shm::Segment& segment, shm::MemberId member);
/// Does the kernel say that the process of this life of the entry lives?
bool lives(const shm::Segment& segment, shm::MemberId member, const SystemPaths& paths);
/// Process of the living fork server of a program; 0 for none.
std::int32_t server_of(const shm::Segment& segment, std::uint64_t program, const SystemPaths& paths);
/// Is the system about to end, by itself or because it was told to?
bool is_stopping(const shm::Segment& segment);

}  // namespace buskin::runtime
