// lock_file: opens a file whose locks say who lives, and asks whether it is still the one that others open.
#pragma once

#include <string>

namespace buskin::shm {

/// Opens the file, and creates it (0600) when it is missing; does not follow a link. -1, with the reason in errno.
int open_lock_file(const std::string& path);

/// False when the file was removed or replaced since it was opened: then no other process looks at its locks.
bool is_still_named(int fd, const std::string& path);

}  // namespace buskin::shm
