// ProgramLauncher: starts the fork server of a kept program again when it is gone.
#pragma once

#include <future>
#include <vector>

#include "admin/daemon/admin_context.hpp"
#include "admin/daemon/programs.hpp"

namespace buskin::admin {

class ProgramLauncher {
 public:
  explicit ProgramLauncher(const AdminContext& context) : context_(context) {}

  /// Returns at once. A program that does not start is logged.
  void launch(const Kept& program);

 private:
  const AdminContext& context_;
  std::vector<std::future<void>> running_;  ///< Each waits until its fork server is registered, or did not start.
};

}  // namespace buskin::admin
