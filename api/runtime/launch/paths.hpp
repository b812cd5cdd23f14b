// Paths: where the files of a system lie, and who may be called what.
//
//   DIR/buskin.USER.NAME        the segment        DIR is BUSKIN_DIR, else the memory file system
//   DIR/buskin.USER.NAME.lock   one byte per process, byte 0 for the admin
//   DIR/buskin.USER.NAME.log    what actors print
#pragma once

#include <string>
#include <vector>

namespace buskin::runtime {

struct SystemPaths {
  std::string segment;
  std::string lock;
  std::string log;
};

/// Throws std::runtime_error with a sentence when no system may be called so, on any base.
void check_system_name(const std::string& name);

/// Throws std::runtime_error with a sentence: bad name, or a folder that is none.
SystemPaths paths_of(const std::string& system_name);
/// The same from the path of the segment alone.
SystemPaths paths_of_segment(const std::string& segment);

/// The folder of all systems. Throws std::runtime_error when it is no folder.
std::string systems_folder();
/// The folder that a system lies in.
std::string systems_folder_of(const SystemPaths& paths);
/// Names of this user's systems that have a segment.
std::vector<std::string> list_systems();

/// Byte of the lock file that only a living admin has; process slot 0 is never used.
inline constexpr unsigned long kAdminByte = 0;

}  // namespace buskin::runtime
