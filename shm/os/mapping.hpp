// Mapping: one file mapped shared and sparse. The only user of Boost.Interprocess.
//
// It owns the descriptor too, because pages are reserved and read through it. A
// forked child does not get the mapping, and a core dump does not contain it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "shm/base/result.hpp"

namespace buskin::shm {

/// Why a system call failed. The caller knows what it was doing.
struct OsError {
  int code;          ///< The errno of the call.
  const char* what;  ///< The call that failed.
};

enum class Access : std::uint8_t { ReadWrite, ReadOnly };

/// Bytes, and the place in a mapping where they lay.
struct PlacedBytes {
  std::byte* place;
  std::vector<std::byte> bytes;
};

class Mapping {
 public:
  /// Maps `bytes` of `fd`, which it takes over, shared. It reserves no page.
  static Result<Mapping, OsError> map(int fd, std::uint64_t bytes, Access access = Access::ReadWrite);

  Mapping(Mapping&&) noexcept;
  Mapping& operator=(Mapping&&) noexcept;
  ~Mapping();

  /// Unmaps the file but for the pages of `kept`, which lie in it: these are private memory from then on, and stay
  /// until the process ends. For pointers that outlive the mapping. Where the kernel refuses a page, that page stays
  /// as it is.
  void leave_behind(std::vector<PlacedBytes> kept) &&;

  std::byte* data() const { return data_; }
  std::uint64_t bytes() const { return bytes_; }
  int fd() const { return fd_; }
  /// False after it was moved from, too.
  bool is_writable() const { return is_writable_; }

 private:
  struct Region;  // Holds the library's mapped_region.
  Mapping(std::unique_ptr<Region> region, int fd, Access access);

  std::unique_ptr<Region> region_;
  std::byte* data_ = nullptr;
  std::uint64_t bytes_ = 0;
  int fd_ = -1;
  bool is_writable_ = false;
};

}  // namespace buskin::shm
