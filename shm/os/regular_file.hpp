// regular_file: opens a path only if a regular file lies there.
#pragma once

#include <string>

namespace buskin::shm {

/// As open(), close-on-exec, with 0600 for a new file; the descriptor is the caller's. -1 with errno, which is ELOOP
/// for everything that is not a regular file: a link could lead anywhere, and a pipe of this name would hold the
/// process that opens it.
int open_regular_file(const std::string& path, int flags);

}  // namespace buskin::shm
