// small_file: reads a file of /proc or /sys at once.
#pragma once

#include <string>

namespace buskin::shm {

/// The first KiB of the file; empty when it cannot be read.
std::string read_small_file(const std::string& path);

}  // namespace buskin::shm
