// IdleServers: ends a fork server that has been unused for the linger time.
#pragma once

#include <map>

#include "admin/daemon/admin_context.hpp"
#include "admin/daemon/programs.hpp"
#include "api/runtime/recovery/restart_schedule.hpp"

namespace buskin::admin {

class IdleServers {
 public:
  IdleServers(const AdminContext& context, Programs& programs, const runtime::RestartSchedule& schedule)
      : context_(context), programs_(programs), schedule_(schedule) {}

  void tick(std::uint64_t now_ns);
  std::uint64_t next_ns() const;

 private:
  bool is_used(const Server& server) const;
  bool has_restarts(const Server& server) const;

  const AdminContext& context_;
  Programs& programs_;
  const runtime::RestartSchedule& schedule_;
  std::map<std::uint64_t, std::uint64_t> idle_since_ns_;  ///< By program; those in use are not in it.
};

}  // namespace buskin::admin
