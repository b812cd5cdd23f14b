// Deputy: the part of a fork server that repairs and restarts when the admin does not.
//
//   the admin lives     it acts at once; what stays undone for kOthersWait_ns after the death of a
//                       process of this program is done here: the admin is stopped, or very slow
//   the admin is dead   one fork server takes the reaper role, watches every process of the
//                       system, and acts at once, until the next admin is there
//
// Only processes of its own program are forked here. Others are repaired, and their
// actors left NOTIFIED for whoever serves them.
//
// Threads: that of its fork server; a ProcessWatch has one of its own, which only wakes it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/runtime/node/actor_spec.hpp"
#include "api/runtime/host/host.hpp"
#include "api/runtime/fork_server/actor_process.hpp"
#include "api/runtime/endpoint/system_sender.hpp"
#include "api/runtime/recovery/members.hpp"
#include "api/runtime/recovery/repairer.hpp"
#include "api/runtime/recovery/reaper_role.hpp"

namespace buskin::runtime {

/// What only the fork server itself can say or do.
struct ServerHands {
  std::function<bool(shm::ActorId)> has_child;  ///< Is a living child on its way to this actor, or it already?
  std::function<void(const ActorOrder&)> fork;
};

class Deputy {
 public:
  Deputy(Host& host, shm::ActorId mailbox, const SystemPaths& paths, LogFile& log, ServerHands hands);
  /// Gives back what restarts it had taken on.
  ~Deputy();
  Deputy(const Deputy&) = delete;
  Deputy& operator=(const Deputy&) = delete;

  /// A child is dead, and the admin was told so.
  void child_ended(std::int32_t pid, const ActorOrder& order, const std::string& reason);
  /// There is an admin that was not there before, or we have just come.
  void meet_admin();
  /// What is due by now. Returns when to look again.
  std::uint64_t act(std::uint64_t now_ns);
  /// Has anything happened that act() should look at?
  bool any() const { return watch_.any(); }
  /// Around a fork; see ProcessWatch.
  void pause() { watch_.pause(); }
  void resume() { watch_.resume(); }

 private:
  /// Something that is to be looked at unless somebody else has dealt with it by then.
  struct Look {
    MemberId member{};     ///< A dead process; none: only the actor.
    shm::ActorId actor{};  ///< One that has perhaps no process; none: only the process.
    std::string reason;
    std::uint64_t at_ns = 0;
  };
  void member_gone(MemberId member, std::uint64_t now_ns);
  void look(Look look, std::uint64_t now_ns);
  bool look_at_process(Look& look, std::uint64_t now_ns);
  void look_at_actor(Look look, std::uint64_t now_ns);
  void look_at_all_actors(std::uint64_t now_ns);
  void watch_all(std::uint64_t now_ns);
  void lost(shm::ActorId actor, const std::string& reason, std::uint64_t now_ns);
  void decide(shm::ActorId actor, const std::string& reason, std::uint64_t now_ns);
  void bring_back(shm::ActorId actor, const ActorSpec& spec, std::uint64_t now_ns);
  bool is_ours(shm::ActorId actor, ActorSpec& spec) const;
  bool is_reaper() const { return reaper_of(segment_) == own_; }
  std::uint64_t patience() const { return is_reaper() ? 0 : kOthersWait_ns; }
  MemberId find_member(std::int32_t pid) const;

  shm::Segment& segment_;
  SystemSender system_sender_;
  SystemPaths paths_;
  std::uint64_t program_;
  MemberId own_;
  shm::ActorId mailbox_;
  ServerHands hands_;
  Repairer repairer_;
  ProcessWatch watch_;
  Members members_;
  std::vector<Look> looks_;
};

}  // namespace buskin::runtime
