// ProgramLauncher: starts the fork server of a kept program again.
#pragma once

#include <cstdint>
#include <future>
#include <mutex>
#include <vector>

#include "admin/daemon/admin_context.hpp"
#include "admin/daemon/programs.hpp"

namespace buskin::admin {

class ProgramLauncher {
 public:
  explicit ProgramLauncher(const AdminContext& context) : context_(context) {}

  /// Returns at once. Logs a program that does not start; it is due again after a pause.
  void launch(const Kept& program);
  /// Takes out those that did not start, and that are due at `now_ns`.
  std::vector<Kept> take_due(std::uint64_t now_ns);
  /// When the next one is due; kNever_ns for none.
  std::uint64_t next_due_ns() const;

 private:
  struct Failed {
    Kept program;
    std::uint64_t due_ns;
  };
  void note_failure(const Kept& program, const std::string& fault);

  const AdminContext& context_;
  mutable std::mutex mutex_;  // Guards failed_, which the starting threads write.
  std::vector<Failed> failed_;
  std::vector<std::future<void>> running_;  ///< Each ends when its fork server is registered, or has failed.
};

}  // namespace buskin::admin
