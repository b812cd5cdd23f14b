// segment_errors: why a segment cannot be created or attached, in sentences for the user.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include "shm/os/limits.hpp"
#include "shm/os/mapping.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::shm {

/// The folder in which the file `path` lies.
std::string folder_of(const std::string& path);

/// Is there room for the first pages of a segment? `fd` is a file of the same file system.
bool has_room(int fd, const Layout& layout);
SegmentError no_space_error(int fd, const std::string& path, const Layout& layout);

/// What is wrong with the options of a segment that shall be created; nothing when they are good.
std::optional<SegmentError> options_error(const SegmentOptions& options);
/// Why the file could not be created; `code` is the errno.
SegmentError create_error(int code, const std::string& path);
/// Why the file could not be opened; `code` is the errno.
SegmentError open_error(int code, const std::string& path);
/// Why the open file is not to be used, by its owner, its mode and its superblock; nothing when it is.
/// Fills `info`. Does not map the file.
std::optional<SegmentError> file_error(int fd, const std::string& path, struct stat& info);
/// Why `bytes` of the file could not be mapped.
SegmentError map_error(const OsError& error, const std::string& path, std::uint64_t bytes);

}  // namespace buskin::shm
