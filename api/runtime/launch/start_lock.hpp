// StartLock: lets one process at a time start or end a system.
//
// It locks the whole lock file, beside the lock bytes in it and independent of them. The kernel releases it with the
// descriptor, so a process that dies while it starts a system holds up nobody. The process that ends a system unlinks
// the file under this lock; a process that was waiting for the lock then sees that the name leads to another file, and
// opens it again.
#pragma once

#include <memory>
#include <string>

#include "api/runtime/launch/descriptor.hpp"

namespace buskin::runtime {

class StartLock {
 public:
  /// Waits until it has the lock. Throws std::runtime_error when the file cannot be opened.
  explicit StartLock(const std::string& lock_path);
  /// Null when another process, or another thread, has it now. Throws as the constructor does.
  static std::unique_ptr<StartLock> try_take(const std::string& lock_path);
  StartLock(const StartLock&) = delete;
  StartLock& operator=(const StartLock&) = delete;

  const std::string& path() const { return path_; }

 private:
  /// Takes over a file that is locked.
  StartLock(std::string path, Descriptor file) : path_(std::move(path)), file_(std::move(file)) {}

  std::string path_;
  Descriptor file_;
};

}  // namespace buskin::runtime
