// ForkServerDeputy: the part of a fork server that repairs and restarts when the admin does not.
//
//   the admin lives     the admin acts, within 20 ms; what stays undone for kOthersWait_ns after the death of
//                       a process of this program is done here: the admin is stopped, or very slow
//   the admin is dead   one fork server takes the reaper role, watches every process of the system,
//                       and acts at once, until the next admin is there
//
// A death that the deputy hears of becomes a PendingCheck. When the check is due, the segment says
// whether the admin has dealt with the death; if not, the deputy repairs the process and claims the
// restarts of its actors, which then stand in a RestartSchedule, as the admin's do.
//
// The deputy forks only processes of its own program. It repairs other programs' processes too, and
// leaves their actors NOTIFIED for the process that serves them.
//
// Threads: that of its fork server; a ProcessWatch has one of its own, which only wakes it.
#pragma once

#include <functional>
#include <string>

#include "api/runtime/endpoint/system_sender.hpp"
#include "api/runtime/fork_server/fork_spec.hpp"
#include "api/runtime/fork_server/pending_checks.hpp"
#include "api/runtime/host/host.hpp"
#include "api/runtime/recovery/restart_schedule.hpp"
#include "api/runtime/node/actor_spec.hpp"
#include "api/runtime/recovery/members.hpp"
#include "api/runtime/recovery/reaper_role.hpp"
#include "api/runtime/recovery/repairer.hpp"

namespace buskin::runtime {

/// What only the fork server itself knows and does.
struct Forks {
  std::function<bool(shm::ActorId)> has_child;  ///< Does a living child host this actor, or is about to?
  std::function<void(const ForkSpec&)> fork;
  /// Children that are dead when it is called are none any more when it returns.
  std::function<void()> collect_children;
};

class ForkServerDeputy {
 public:
  ForkServerDeputy(Host& host, shm::ActorId mailbox, const SystemPaths& paths, SystemLog& log, Forks forks);
  /// Gives back the restarts that it had claimed.
  ~ForkServerDeputy();
  ForkServerDeputy(const ForkServerDeputy&) = delete;
  ForkServerDeputy& operator=(const ForkServerDeputy&) = delete;

  /// A child is dead, and this was reported to the admin.
  void child_ended(std::int32_t pid, const ForkSpec& spec, const ProcessEnd& end);
  /// A new admin runs, or this deputy is new.
  void meet_admin();
  /// Does what is due at `now_ns`. Returns when it wants to be called again.
  std::uint64_t act(std::uint64_t now_ns);
  /// Has anything happened that act() should look at?
  bool has_events() const { return watch_.any(); }
  /// Around a fork; see ProcessWatch. When the system has no task for the watch, act() tries again.
  void pause() { watch_.pause(); }
  void resume() { (void)watch_.resume(); }

 private:
  void meet_own_program();
  void member_gone(shm::MemberId member, std::uint64_t now_ns);
  void reaper_gone(shm::MemberId reaper, std::uint64_t now_ns);
  void check_all_processes(std::uint64_t now_ns);
  void check_all_actors(std::uint64_t now_ns);
  void run_check(PendingCheck check, std::uint64_t now_ns);
  bool repair(const PendingCheck& check, std::uint64_t now_ns);
  void restart_lost(shm::ActorId actor, const std::string& reason, std::uint64_t now_ns);
  void create_requested(shm::ActorId actor);
  void check_actor(shm::ActorId actor, const std::string& reason, std::uint64_t now_ns);
  void schedule(shm::ActorId actor, const ActorSpec& spec, const std::string& reason, std::uint64_t now_ns);
  void fork_for(shm::ActorId actor, const ActorSpec& spec, std::uint64_t now_ns);
  std::vector<shm::ActorId> others_of_place(shm::ActorId actor, const std::string& place, std::uint64_t now_ns) const;

  bool can_fork(const ActorSpec& spec) const;
  bool has_restart(shm::ActorId actor) const;
  bool is_reaper() const { return reaper_of(segment_) == own_; }
  std::uint64_t patience_ns() const { return is_reaper() ? 0 : kOthersWait_ns; }
  shm::MemberId find_member(std::int32_t pid) const;

  shm::Segment& segment_;
  SystemSender system_sender_;
  SystemPaths paths_;
  std::uint64_t program_;
  shm::MemberId own_;
  Forks forks_;
  Repairer repairer_;
  ProcessWatch watch_;
  Members members_;
  PendingChecks checks_;
  RestartSchedule schedule_;
};

}  // namespace buskin::runtime
