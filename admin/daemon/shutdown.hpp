// Shutdown: ends the system and removes its files. SystemPhases decides when.
//
//   Stopping  every actor is asked to end; at the deadline the remaining actor processes are killed
//   Ending    no process may join; fork servers are asked to end, and killed at the deadline
//   Over      segment and lock file were removed under the start lock; the log stays
#pragma once

#include "admin/daemon/deaths.hpp"

namespace buskin::admin {

class Shutdown {
 public:
  Shutdown(const AdminContext& context, SystemPhases& phases, const Programs& programs, Deaths& deaths)
      : context_(context), phases_(phases), programs_(programs), deaths_(deaths) {}

  /// Asks all actors to end. At the deadline their processes are killed.
  void stop(std::uint64_t deadline_ns);
  /// Does the next step of the present phase. Returns when to call it again.
  std::uint64_t tick(std::uint64_t now_ns);

 private:
  bool is_in_use() const;
  bool has_actors() const;
  bool is_occupied() const;
  bool begin_ending(std::uint64_t now_ns);
  void exit_actors();
  void kill_all(shm::Role role);
  bool remove_files(std::uint64_t now_ns);

  const AdminContext& context_;
  SystemPhases& phases_;
  const Programs& programs_;
  Deaths& deaths_;
};

}  // namespace buskin::admin
