// format_check: the words by which a program knows a segment as its own format. Its creator writes them, and
// every process that attaches compares them one by one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "shm/segment/segment.hpp"

namespace buskin::shm {

/// Fills the superblock of a segment that has no name yet; its pages are zero.
void write_format(Superblock& superblock, const SegmentOptions& options);

/// Why `found`, the superblock of the file `path`, cannot be used by this program; nothing when it can.
std::optional<SegmentError> format_error(const Superblock& found, std::uint64_t file_bytes, const std::string& path);

}  // namespace buskin::shm
