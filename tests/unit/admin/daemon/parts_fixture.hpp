// PartsFixture: the parts of an admin, each upon those that it works with, up to Deaths.
#pragma once

#include "admin/daemon/deaths.hpp"
#include "daemon_fixture.hpp"

namespace admin_unit {

class PartsFixture : public DaemonFixture {
 protected:
  using DaemonFixture::DaemonFixture;

  SystemPhases phases_{kSecond_ns, false};
  Programs programs_;
  runtime::RestartSchedule schedule_;
  Adoption adoption_{context_, schedule_};
  Placement placement_{context_, phases_, programs_, adoption_, schedule_};
  Restarts restarts_{context_, phases_, adoption_, schedule_, placement_};
  ProgramLauncher launcher_{context_};
  Deaths deaths_{context_, phases_, programs_, schedule_, placement_, restarts_, launcher_};
};

}  // namespace admin_unit
