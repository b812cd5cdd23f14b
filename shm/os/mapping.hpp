// Mapping: one file mapped shared and sparse. The only user of Boost.Interprocess.
//
// It owns the descriptor too, because pages are reserved and read through it. A
// forked child does not get the mapping, and a core dump does not contain it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "shm/base/result.hpp"

namespace buskin::shm {

/// Why a system call failed. The caller knows what it was doing.
struct OsError {
  int code;          ///< The errno of the call.
  const char* what;  ///< The call that failed.
};

enum class Access : std::uint8_t { ReadWrite, ReadOnly };

class Mapping {
 public:
  /// Maps `bytes` of `fd`, which it takes over, shared. It reserves no page.
  static Result<Mapping, OsError> map(int fd, std::uint64_t bytes, Access access = Access::ReadWrite);

  Mapping(Mapping&&) noexcept;
  Mapping& operator=(Mapping&&) noexcept;
  ~Mapping();

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
