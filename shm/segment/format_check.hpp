// Stamp: what a creator writes into the superblock, and what attaching compares word by word.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "shm/segment/segment.hpp"

namespace buskin::shm {

/// Fills the superblock of a segment that has no name yet; its pages are zero.
void write_stamp(Superblock& superblock, const SegmentOptions& options);

/// Why `found`, the superblock of the file `path`, cannot be used by this program; nothing when it can.
std::optional<SegmentError> stamp_error(const Superblock& found, std::uint64_t file_bytes, const std::string& path);

}  // namespace buskin::shm
