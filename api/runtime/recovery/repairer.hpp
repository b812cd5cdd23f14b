// Repairer: what everybody does who mends a death: the admin, or a fork server in its place.
//
// The repair of the segment mends memory and mailboxes. Here its result is carried
// out: askers, parents and creators hear of it, and the log. What becomes of the
// actors that lost their process is the caller's to decide.
#pragma once

#include <functional>
#include <string>

#include "api/runtime/endpoint/system_sender.hpp"
#include "api/runtime/recovery/members.hpp"
#include "api/runtime/launch/log_file.hpp"
#include "api/runtime/launch/paths.hpp"
#include "shm/recovery/reap.hpp"

namespace buskin::runtime {

/// How a line of the log begins that tells of a death; the rest of it is JSON.
inline constexpr std::string_view kDeathMark = "death ";

/// Told of each actor whose process is dead.
struct OnLost {
  std::function<void(shm::ActorId)> notified;   ///< It may be adopted; called before the memory is swept.
  std::function<void(shm::ActorId)> requested;  ///< Asked for, or its restart taken on, by the dead; perhaps in vain.
};

class Repairer {
 public:
  Repairer(shm::Thread& thread, shm::ActorId mailbox, const SystemPaths& paths, LogFile& log)
      : thread_(&thread), mailbox_(mailbox), paths_(&paths), log_(&log) {}

  /// Repairs this life of the entry, if it is dead and nobody living repairs it.
  shm::Result<shm::Done, shm::ReapError> repair(const Known& dead, const std::string& reason, const OnLost& lost);

 private:
  void record(const Known& dead, const std::string& title, const std::string& reason, const shm::Reaped& reaped,
              std::uint64_t cost_ns);

  shm::Thread* thread_;
  shm::ActorId mailbox_;
  const SystemPaths* paths_;
  LogFile* log_;
};

}  // namespace buskin::runtime
