// Deaths: what the end of a process breaks is repaired, and its actors are given to Restarts.
//
// An end is reported by the watch (lose_member), by its fork server with the exit status (end_process), and
// by the process itself, with Goodbye (leave). The first two race. The status is worth kStatusMax_ns of
// waiting, because the reason stands in the log and in what parents get.
#pragma once

#include <map>
#include <string>

#include "admin/daemon/program_launcher.hpp"
#include "admin/daemon/restarts.hpp"
#include "api/runtime/recovery/repairer.hpp"

namespace buskin::admin {

class Deaths {
 public:
  Deaths(const AdminContext& context, const SystemPhases& phases, Programs& programs, runtime::RestartSchedule& schedule,
         Placement& placement, Restarts& restarts, ProgramLauncher& launcher);

  /// An actor process is there, forked for `actor`.
  void join_process(MemberId member, shm::ActorId actor);
  /// It is about to free its entry.
  void leave(MemberId member);
  /// The watch has seen that it is dead, or gone.
  void lose_member(MemberId member);
  /// A fork server could not fork, or its child has ended.
  void end_process(const protocol::ProcessEnded& ended);
  /// A dead fork server has a successor before the watch has reported its death.
  void follow_server(const Server& dead);
  /// Repairs every process that is dead, also one whose repairer died before it had begun.
  void find_dead();

  void tick(std::uint64_t now_ns);
  std::uint64_t next_ns(std::uint64_t now_ns) const;

 private:
  /// A dead process whose fork server has not reported how it ended, or that another process repairs.
  struct Unexplained {
    MemberId member{};
    std::uint64_t since_ns = 0;
    std::string end;  ///< What the kernel showed of its end.
  };

  /// A process that was repaired before its fork server reported its end.
  struct Unreported {
    shm::ActorId actor{};  ///< For which it was forked.
    std::uint64_t since_ns = 0;
  };

  void repair_process(MemberId member, const std::string& reason);
  void repair_pid(std::int32_t pid, const std::string& reason);
  void repair_unexplained(const Unexplained& one, std::uint64_t now_ns);
  bool is_late(const protocol::ProcessEnded& ended);
  void was_repaired(MemberId member);
  void lose_server(Server server);
  std::string end_of(MemberId member) const;
  void forget(MemberId member);

  const AdminContext& context_;
  const SystemPhases& phases_;
  Programs& programs_;
  runtime::RestartSchedule& schedule_;
  Placement& placement_;
  Restarts& restarts_;
  ProgramLauncher& launcher_;
  runtime::Repairer repairer_;
  std::map<std::uint64_t, Unexplained> unexplained_;  ///< By the word of the member.
  std::map<std::uint64_t, std::uint64_t> leaving_;    ///< Word of the member; since when.
  std::map<std::int32_t, Unreported> unreported_;     ///< By pid.
};

}  // namespace buskin::admin
