// Admin: the process that starts, watches and ends a system. No message between actors passes through it.
//
// One thread runs a Service; messages and the ProcessWatch wake it. Another one takes the lines of all processes to the
// log, so that a slow disk holds up no repair. The work is done by parts, each
// with its own state. This class only says which part handles which message, and in which order the parts do what
// is due.
#pragma once

#include "admin/daemon/idle_servers.hpp"
#include "admin/daemon/name_upkeep.hpp"
#include "admin/daemon/program_commands.hpp"
#include "admin/daemon/rotating_log.hpp"
#include "admin/daemon/server_registration.hpp"
#include "admin/daemon/shutdown.hpp"
#include "api/runtime/host/host.hpp"
#include "api/runtime/log/log_follower.hpp"

namespace buskin::admin {

class Admin {
 public:
  /// Throws std::runtime_error with a sentence when it cannot join.
  Admin(const AdminOptions& options, Rule rule);
  Admin(const Admin&) = delete;
  Admin& operator=(const Admin&) = delete;

  /// Returns when the system has ended.
  void run();

 private:
  void announce();
  void follow_log();
  void take_over(bool is_resumed);
  void serve_processes();
  void serve_tool();
  void handle_event(const runtime::Event& event);
  void say_hello(const protocol::Hello& hello, const detail::Incoming& incoming);
  void say_goodbye(const protocol::Goodbye& goodbye);
  void register_server(const protocol::Register& server);
  void note_answer();
  void settle();
  /// The timer tick of all parts: does what is due at `now_ns`. Returns when to call it again.
  std::uint64_t tick(std::uint64_t now_ns);

  AdminOptions options_;
  runtime::SystemPaths paths_;
  RotatingLog log_;
  shm::LockByte byte_;
  runtime::Host host_;
  runtime::Service service_;
  runtime::ProcessWatch watch_;
  runtime::Members members_;
  AdminContext context_;

  SystemPhases phases_;
  Programs programs_;
  runtime::RestartSchedule schedule_;
  Adoption adoption_;
  Placement placement_;
  Restarts restarts_;
  ProgramLauncher launcher_;
  Deaths deaths_;
  ServerRegistration registration_;
  ProgramCommands commands_;
  IdleServers idle_servers_;
  NameUpkeep names_;
  Shutdown shutdown_;
  std::optional<runtime::LogFollower> follower_;  ///< Takes the lines of all processes to the log.
};

}  // namespace buskin::admin
