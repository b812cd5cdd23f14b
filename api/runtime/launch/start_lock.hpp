// StartLock: one at a time starts or ends a system.
//
// A whole-file lock on the lock file, beside and independent of the lock bytes in
// it. The kernel takes it back with the descriptor, so a starter that dies holds
// up nobody. Whoever ends a system unlinks the file under this lock; who waited for
// it meanwhile sees that the name leads elsewhere and opens it again.
#pragma once

#include <memory>
#include <string>

namespace buskin::runtime {

class StartLock {
 public:
  /// Waits until it has the lock. Throws std::runtime_error when the file cannot be opened.
  explicit StartLock(const std::string& lock_path);
  /// Null when somebody else has it now.
  static std::unique_ptr<StartLock> try_take(const std::string& lock_path);
  ~StartLock();
  StartLock(const StartLock&) = delete;
  StartLock& operator=(const StartLock&) = delete;

 private:
  explicit StartLock(int fd) : fd_(fd) {}

  int fd_ = -1;
};

}  // namespace buskin::runtime
