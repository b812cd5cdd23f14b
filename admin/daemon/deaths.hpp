// Deaths: repairs after each death of a process, and hands its actors to Restarts.
//
// Three sources report the end of a process: the ProcessWatch (member_gone), its fork server, with the exit status
// (process_ended), and the process itself, by Goodbye (process_leaving). The first two race. A death that the watch
// reports waits kStatusMax_ns in `unexplained_` for the fork server, because the exit status is the reason that the
// log and the parents of its actors get.
#pragma once

#include <map>
#include <string>

#include "admin/daemon/program_launcher.hpp"
#include "admin/daemon/restarts.hpp"
#include "api/runtime/recovery/repairer.hpp"

namespace buskin::admin {

class Deaths {
 public:
  Deaths(const AdminContext& context, const SystemPhases& phases, Programs& programs,
         runtime::RestartSchedule& schedule, Placement& placement, Restarts& restarts, ProgramLauncher& launcher);

  /// An actor process has joined; it was forked for `actor`.
  void process_joined(shm::MemberId member, shm::ActorId actor);
  /// The process said Goodbye and is about to free its entry.
  void process_leaving(shm::MemberId member);
  /// The watch reports that the process is dead or has left.
  void member_gone(shm::MemberId member);
  /// A fork server reports that its child has ended, or that it could not fork one.
  void process_ended(const protocol::ProcessEnded& ended);
  /// The successor of a dead fork server registers before the watch has reported that death.
  void follow_server(const Server& dead);
  /// Repairs every dead process, including one whose repairer died too.
  void find_dead();

  void tick(std::uint64_t now_ns);
  std::uint64_t next_ns(std::uint64_t now_ns) const;

 private:
  /// A dead process whose exit status is not reported yet, or which another process repairs.
  struct Unexplained {
    shm::MemberId member{};
    std::uint64_t since_ns = 0;
    runtime::ProcessEnd end;  ///< As the kernel showed it.
  };

  /// A process that was repaired before its fork server reported that it had ended.
  struct Unreported {
    shm::ActorId actor{};  ///< The actor that it was forked for.
    std::uint64_t since_ns = 0;
  };

  void repair_process(shm::MemberId member, const runtime::ProcessEnd& end);
  shm::ActorId repair_pid(std::int32_t pid, shm::ActorId forked_for, const runtime::ProcessEnd& end);
  void repair_unexplained(const Unexplained& one, std::uint64_t now_ns);
  void wait_for_process(std::vector<shm::ActorId>& unhosted);
  bool is_late(const protocol::ProcessEnded& ended);
  void was_repaired(shm::MemberId member);
  void lose_server(Server server);
  runtime::ProcessEnd end_of(shm::MemberId member) const;
  void forget(shm::MemberId member);

  const AdminContext& context_;
  const SystemPhases& phases_;
  Programs& programs_;
  runtime::RestartSchedule& schedule_;
  Placement& placement_;
  Restarts& restarts_;
  ProgramLauncher& launcher_;
  runtime::Repairer repairer_;
  std::map<std::uint64_t, Unexplained> unexplained_;  ///< By the word of the member.
  std::map<std::uint64_t, std::uint64_t> leaving_;    ///< By the word of the member: since when.
  std::map<std::int32_t, Unreported> unreported_;     ///< By pid.
};

}  // namespace buskin::admin
