// Shutdown: ends the system, so that nothing remains. SystemPhases decides, here it is done.
//
//   Stopping  every actor is asked to end; at the deadline its process is killed
//   Ending    nobody may join; fork servers are asked to end, then killed
//   Over      segment, log and lock file are removed under the start lock
#pragma once

#include "admin/daemon/deaths.hpp"

namespace buskin::admin {

class Shutdown {
 public:
  Shutdown(const AdminContext& context, SystemPhases& phases, const Programs& programs, Deaths& deaths)
      : context_(context), phases_(phases), programs_(programs), deaths_(deaths) {}

  /// All actors are asked to end, and killed at the deadline.
  void stop(std::uint64_t deadline_ns);
  /// Does what the present phase asks for. Returns when to call it again.
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
