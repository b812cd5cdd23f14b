// Paths: where the files of a system lie, and which names a system may have.
//
//   DIR/buskin.USER.NAME        the segment        DIR is BUSKIN_DIR; without it, the memory file system
//   DIR/buskin.USER.NAME.lock   one byte per process; byte 0 belongs to the admin
//   DIR/buskin.USER.NAME.log    the output of admin, fork servers and actors
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

/// Throws std::runtime_error with a sentence when the name is bad or the folder is not there.
SystemPaths paths_of(const std::string& system_name);
/// The same from the path of the segment alone.
SystemPaths paths_of_segment(const std::string& segment);

/// The folder of all systems. Throws std::runtime_error when it is not there.
std::string systems_folder();
/// The folder of one system.
std::string systems_folder_of(const SystemPaths& paths);
/// The names of this user's systems that have a segment, sorted.
std::vector<std::string> list_systems();

/// The byte of the lock file that only a living admin has locked; entry 0 of the process table is never used.
inline constexpr unsigned long kAdminByte = 0;

}  // namespace buskin::runtime
