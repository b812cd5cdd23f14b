// format_check: each word is compared on its own, so that the error can name it.
#include "shm/segment/format_check.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "shm/base/clock.hpp"
#include "shm/os/process.hpp"

namespace buskin::shm {

namespace {

/// The features of other versions that this program knows. It refuses a segment with any other bit.
constexpr std::uint64_t kKnownFeatures = 0;

struct FormatWord {
  const char* name;
  std::uint64_t found;
  std::uint64_t expected;
};

std::string hex(std::uint64_t value) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(value));
  return text.data();
}

constexpr std::uint64_t swapped(std::uint64_t word) {
  std::uint64_t result = 0;
  for (int i = 0; i < 8; ++i) result = result << 8 | (word >> 8 * i & 0xff);
  return result;
}

SegmentError other_version(const FormatWord& word, const std::string& path) {
  return {SegmentFault::OtherVersion, path + " was laid out by another version: its " + word.name + " is " +
                                          hex(word.found) + ", this program's is " + hex(word.expected) +
                                          "; use the program that made it, or stop that system first"};
}

std::optional<SegmentError> magic_error(std::uint64_t magic, const std::string& path) {
  if (magic == kMagic) return std::nullopt;
  if (magic == swapped(kMagic)) return other_version({"byte order", magic, kMagic}, path);
  return SegmentError{SegmentFault::NotASegment, path + " is not a segment: its first word (magic) is " + hex(magic) +
                                                     ", a segment's is " + hex(kMagic)};
}

/// As the kernel prints it, without the dashes.
std::string hex(const std::array<std::uint64_t, 2>& boot) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%016llx%016llx", static_cast<unsigned long long>(boot[0]),
                static_cast<unsigned long long>(boot[1]));
  return text.data();
}

/// A segment outlives its boot only where the folder is not a memory file system.
std::optional<SegmentError> boot_error(const Superblock& found, const std::string& path) {
  const auto booted = boot_id();
  // A process without /proc, or without a descriptor to read it, does not know its boot.
  const bool is_known = booted != decltype(booted){} && found.boot_id != decltype(booted){};
  if (!is_known || found.boot_id == booted) return std::nullopt;
  return SegmentError{SegmentFault::OtherVersion, path + " is left from an earlier boot: its boot id is " +
                                                      hex(found.boot_id) + ", this boot's is " + hex(booted) +
                                                      "; remove the file"};
}

std::optional<SegmentError> size_error(const Superblock& found, std::uint64_t file_bytes, const std::string& path) {
  const std::uint64_t needed = Layout::of(found.counts).bytes_total;
  if (found.bytes_max != needed) {
    return SegmentError{SegmentFault::NotASegment, path + " is damaged: its superblock says bytes_max " +
                                                       std::to_string(found.bytes_max) + ", its tables need " +
                                                       std::to_string(needed) + "; remove the file"};
  }
  if (file_bytes == needed) return std::nullopt;
  return SegmentError{SegmentFault::NotASegment, path + " is truncated: it has " + std::to_string(file_bytes) +
                                                     " bytes, and its superblock says " + std::to_string(needed) +
                                                     "; remove the file"};
}

}  // namespace

void write_format(Superblock& superblock, const SegmentOptions& options) {
  superblock.magic = kMagic;
  superblock.layout_hash = layout_hash();
  superblock.layout_version = kLayoutVersion;
  superblock.superblock_bytes = sizeof(Superblock);
  superblock.system_id = options.system_id != 0 ? options.system_id : random_id();
  superblock.boot_id = boot_id();
  superblock.counts = options.counts;
  superblock.creator_uid = ::geteuid();
  superblock.bytes_max = Layout::of(options.counts).bytes_total;
  superblock.created_ns = now_ns();
  const std::size_t bytes = std::min(options.name.size(), superblock.name.size() - 1);
  std::copy_n(options.name.begin(), bytes, superblock.name.begin());
}

std::optional<SegmentError> format_error(const Superblock& found, std::uint64_t file_bytes, const std::string& path) {
  if (auto error = magic_error(found.magic, path)) return error;
  const std::array<FormatWord, 5> words{{
      {"layout version", found.layout_version, kLayoutVersion},
      {"superblock size", found.superblock_bytes, sizeof(Superblock)},
      {"layout hash", found.layout_hash, layout_hash()},
      {"word of incompatible features", found.feature_incompatible & ~kKnownFeatures, 0},
      {"word of read-compatible features", found.feature_read_compatible & ~kKnownFeatures, 0},
  }};
  for (const FormatWord& word : words) {
    if (word.found != word.expected) return other_version(word, path);
  }
  if (auto error = boot_error(found, path)) return error;
  return size_error(found, file_bytes, path);
}

}  // namespace buskin::shm
