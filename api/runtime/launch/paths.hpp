// Paths: where the files of a system lie, and which names a system may have.
//
//   DIR/buskin.USER.NAME        the segment        DIR is BUSKIN_DIR; without it, the memory file system
//   DIR/buskin.USER.NAME.lock   one byte per process; byte 0 belongs to the admin
//   LOGS/buskin.USER.NAME.log   the output of admin, fork servers and actors; it stays when the system has ended
//   LOGS/buskin.USER.NAME.N.log what came before, turned over N times
//
// LOGS is BUSKIN_LOGS; without it, DIR when BUSKIN_DIR is set, so that all who share that folder find the logs; without
// both, buskin/ in the folder that XDG has for state, which outlives the machine's memory.
#pragma once

#include <string>
#include <vector>

namespace buskin::runtime {

struct SystemPaths {
  std::string segment;
  std::string lock;
  std::string log;
};

/// Throws std::runtime_error with a sentence when a system may not have this name, on any base.
void check_system_name(const std::string& name);

/// Throws std::runtime_error with a sentence when the name is bad, the folder is not there, or BUSKIN_LOGS is relative.
SystemPaths paths_of(const std::string& system_name);
/// The same from the path of the segment alone. Throws when BUSKIN_LOGS is relative.
SystemPaths paths_of_segment(const std::string& segment);

/// How the files of this user's systems begin.
std::string systems_prefix();
/// The file name of a system's log, from that of its segment; and back. No log has the name of another one that was
/// turned over.
std::string log_name_of(const std::string& segment_name);
std::string segment_name_of(const std::string& log_name);

/// The folder of all systems. Throws std::runtime_error when it is not there.
std::string systems_folder();
/// The folder of one system.
std::string systems_folder_of(const SystemPaths& paths);
/// The names of this user's systems that have a segment, sorted.
std::vector<std::string> list_systems();

/// The byte of the lock file that only a living admin has locked; entry 0 of the process table is never used.
inline constexpr unsigned long kAdminByte = 0;

}  // namespace buskin::runtime
