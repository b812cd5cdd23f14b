// lock_file: opens a file whose locks say who lives, and asks whether it is still the one that others open.
//
// Only a regular file is opened; see regular_file.hpp.
#pragma once

#include <string>

#include "shm/base/result.hpp"

namespace buskin::shm {

/// Why a lock file was not opened.
struct LockFileError {
  bool is_missing = false;  ///< There is no file of this name.
  std::string sentence;     ///< What was wrong, and what to do.
};

/// Opens the file, and creates it (0600) when it is missing. The descriptor is the caller's.
Result<int, LockFileError> open_lock_file(const std::string& path);
/// Opens the file for a process that only asks about its locks: for reading, and only if it is there.
Result<int, LockFileError> find_lock_file(const std::string& path);

/// False when the file was removed or replaced since it was opened: then no other process looks at its locks.
bool is_still_named(int fd, const std::string& path);

}  // namespace buskin::shm
