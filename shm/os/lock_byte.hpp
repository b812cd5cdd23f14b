// LockByte: proof of life that the kernel takes back by itself.
//
// An OFD write lock on one byte of a lock file. A forked child would inherit
// it, and closing the descriptor would lose it; so the descriptor is mapped
// (one page, MADV_DONTFORK) and closed: the lock lives exactly as long as the
// address space that took it.
//
// Floor: os.
#pragma once

#include <cstdint>
#include <string>

#include "shm/base/result.hpp"
#include "shm/os/mapping.hpp"

namespace buskin::shm {

enum class LockError : std::uint8_t {
  Held,    ///< Another living process has this byte.
  System,  ///< The lock file cannot be opened or locked.
};

class LockByte {
 public:
  LockByte() = default;
  static Result<LockByte, LockError> take(const std::string& path, std::uint64_t byte);
  /// Is the byte locked by anyone else? Takes nothing.
  static bool is_held(const std::string& path, std::uint64_t byte);

  LockByte(LockByte&& other) noexcept;
  LockByte& operator=(LockByte&& other) noexcept;
  ~LockByte();
  explicit operator bool() const { return page_ != nullptr; }

 private:
  void* page_ = nullptr;
};

}  // namespace buskin::shm
