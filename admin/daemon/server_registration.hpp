// ServerRegistration: accepts or refuses a fork server, which brings a program and its actor types.
#pragma once

#include "admin/daemon/deaths.hpp"

namespace buskin::admin {

class ServerRegistration {
 public:
  ServerRegistration(const AdminContext& context, const SystemPhases& phases, Programs& programs,
                     runtime::RestartSchedule& schedule, Deaths& deaths)
      : context_(context), phases_(phases), programs_(programs), schedule_(schedule), deaths_(deaths) {}

  /// False when the fork server is dead already.
  bool add(const protocol::Register& message);

 private:
  const AdminContext& context_;
  const SystemPhases& phases_;
  Programs& programs_;
  runtime::RestartSchedule& schedule_;
  Deaths& deaths_;
};

}  // namespace buskin::admin
