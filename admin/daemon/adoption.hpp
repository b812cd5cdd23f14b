// Adoption: takes a system over from a dead admin.
//
// The dead admin kept its list of programs, places and starts under way in its own memory. So the new one asks every
// fork server and every shared process to register again. Until all of them have answered, or kSettleMax_ns have
// passed, no actor gets a process: another process may be on its way to it already.
//
// If all processes of the system are dead, there is no process to ask. Then an actor resumes only if it has a name
// or a keep policy; the others end as system_died.
#pragma once

#include "admin/daemon/admin_context.hpp"
#include "api/runtime/recovery/restart_schedule.hpp"
#include "shm/base/clock.hpp"

namespace buskin::admin {

class Adoption {
 public:
  Adoption(const AdminContext& context, runtime::RestartSchedule& schedule) : context_(context), schedule_(schedule) {}

  /// `is_resumed`: all processes of the system are dead.
  void begin(bool is_resumed);
  /// Counts one answer. True when it was the last one: then settle().
  bool has_answered();
  bool is_settling() const { return settle_at_ns_ != 0; }
  bool is_overdue(std::uint64_t now_ns) const { return is_settling() && now_ns >= settle_at_ns_; }
  std::uint64_t next_ns() const { return is_settling() ? settle_at_ns_ : shm::kNever_ns; }
  /// Ends the wait for answers.
  void settle();

  /// True while the system is repaired whose processes were all dead.
  bool is_resuming() const { return is_resuming_; }
  /// Decides about an actor of such a system: it waits for its program, or it ends.
  void resume(shm::ActorId actor);
  /// Called when all actors have been decided about.
  void end_resuming();

  /// Is any answer still missing?
  bool is_awaiting() const { return answers_awaited_ > 0; }

 private:
  void ask_who_is_there();
  bool comes_back(shm::ActorId actor) const;

  const AdminContext& context_;
  runtime::RestartSchedule& schedule_;
  bool is_resuming_ = false;
  int answers_awaited_ = 0;
  std::uint64_t settle_at_ns_ = 0;  ///< 0 when no answer is awaited.
  std::size_t resumed_ = 0;
  std::size_t ended_ = 0;
};

}  // namespace buskin::admin
