// LockByte: proof of life that the kernel takes back by itself.
//
// An OFD write lock on one byte of a lock file. A forked child would inherit
// it, and closing the descriptor would lose it; so the descriptor is mapped
// (one page, MADV_DONTFORK) and closed: the lock lives exactly as long as the
// address space that took it. (A child that is forked within take() itself, by
// another thread, shares the descriptor and so the lock until it execs or ends.)
#pragma once

#include <cstdint>
#include <string>

#include "shm/base/result.hpp"
#include "shm/os/mapping.hpp"

namespace buskin::shm {

enum class LockFault : std::uint8_t {
  Held,    ///< Another living process has this byte.
  System,  ///< The lock file cannot be opened or locked.
};

struct LockError {
  LockFault code;
  std::string detail;  ///< A sentence: what was wrong. Empty for Held.
};

class LockByte {
 public:
  LockByte() = default;
  /// Takes the byte, and creates the lock file when it is missing.
  static Result<LockByte, LockError> take(const std::string& path, std::uint64_t byte);
  /// Does a process hold the byte, be it the caller's own? Takes nothing. True when the kernel gives
  /// no answer, because "not held" is evidence of a death.
  static bool is_held(const std::string& path, std::uint64_t byte);

  LockByte(LockByte&& other) noexcept;
  LockByte& operator=(LockByte&& other) noexcept;
  ~LockByte();
  explicit operator bool() const { return page_ != nullptr; }

 private:
  explicit LockByte(void* page);

  void* page_ = nullptr;
  std::int32_t owner_ = 0;  // The process that mapped it: in a forked child other memory may lie there.
};

}  // namespace buskin::shm
