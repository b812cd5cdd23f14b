// ProgramLauncher: starts the fork server of a kept program again.
#pragma once

#include <future>
#include <vector>

#include "admin/daemon/admin_context.hpp"
#include "admin/daemon/programs.hpp"

namespace buskin::admin {

class ProgramLauncher {
 public:
  explicit ProgramLauncher(const AdminContext& context) : context_(context) {}

  /// Returns at once. Logs a program that does not start.
  void launch(const Kept& program);

 private:
  const AdminContext& context_;
  std::vector<std::future<void>> running_;  ///< Each ends when its fork server is registered, or has failed.
};

}  // namespace buskin::admin
