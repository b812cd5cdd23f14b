// Adoption: the time in which an admin does not know yet what a dead one has left.
//
// Programs, places and starts under way stood in the memory of that one. Fork servers and shared
// processes are asked to say again what they have. Until all have answered, or kSettleMax_ns are
// over, no actor gets a process: it might have one on its way already.
//
// Where all processes were dead, nobody is asked, and actors resume only if they have a name or a
// keep policy; the others end as system_died.
#pragma once

#include "admin/daemon/admin_context.hpp"
#include "api/runtime/lifecycle/restart_schedule.hpp"

namespace buskin::admin {

class Adoption {
 public:
  Adoption(const AdminContext& context, runtime::RestartSchedule& schedule) : context_(context), schedule_(schedule) {}

  /// `is_resumed`: nobody lives in the segment.
  void begin(bool is_resumed);
  /// One of those that were asked has answered. False: others are still awaited, or nobody was.
  bool has_answered();
  bool is_settling() const { return settle_at_ns_ != 0; }
  bool is_overdue(std::uint64_t now_ns) const { return is_settling() && now_ns >= settle_at_ns_; }
  std::uint64_t next_ns() const { return is_settling() ? settle_at_ns_ : kNever; }
  /// What is known now is all.
  void settle();

  /// Is this the repair of a system whose processes were all dead?
  bool is_resuming() const { return is_resuming_; }
  /// An actor of such a system: it waits for its program, or ends.
  void resume(shm::ActorId actor);
  /// All of them were seen.
  void end_resuming();

  /// Is anybody asked who has not answered?
  bool is_awaiting() const { return answers_awaited_ > 0; }

 private:
  void ask_who_is_there();
  bool comes_back(shm::ActorId actor) const;

  const AdminContext& context_;
  runtime::RestartSchedule& schedule_;
  bool is_resuming_ = false;
  int answers_awaited_ = 0;
  std::uint64_t settle_at_ns_ = 0;  ///< 0: it is settled.
  std::size_t resumed_ = 0;
  std::size_t ended_ = 0;
};

}  // namespace buskin::admin
