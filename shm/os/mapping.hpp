// Mapping: one file mapped shared and sparse. The only user of Boost.Interprocess.
//
// It owns the descriptor too, because pages are reserved and peeked at through
// it. Not copied into forked children, not dumped into cores.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "shm/base/result.hpp"

namespace buskin::shm {

/// The kernel's words, kept as errno; the caller knows what it was doing.
struct OsError {
  int code;
  const char* what;  ///< The call that failed.
};

class Mapping {
 public:
  /// Maps `bytes` of `fd`, which it takes over, shared and writable, without reserving any of it.
  static Result<Mapping, OsError> map(int fd, std::uint64_t bytes);

  Mapping(Mapping&&) noexcept;
  Mapping& operator=(Mapping&&) noexcept;
  ~Mapping();

  std::byte* data() const { return data_; }
  std::uint64_t bytes() const { return bytes_; }
  int fd() const { return fd_; }

 private:
  struct Region;  // Holds the library's mapped_region.
  Mapping(std::unique_ptr<Region> region, int fd);

  std::unique_ptr<Region> region_;
  std::byte* data_ = nullptr;
  std::uint64_t bytes_ = 0;
  int fd_ = -1;
};

}  // namespace buskin::shm
