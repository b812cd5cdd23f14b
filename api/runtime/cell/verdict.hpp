// Verdict: what becomes of an actor that failed, by its supervise options.
//
// Reaching a verdict counts the restart that it grants, and asks the parent to end where
// the options say so. ActorRunner carries the rest out.
#pragma once

#include <cstdint>
#include <string>

#include "buskin/options.hpp"
#include "shm/memory/thread.hpp"

namespace buskin::runtime {

struct Verdict {
  enum class What : std::uint8_t { GoesOn, Restarts, Ends } what{};
  std::string reason{};      ///< Why it ends.
  std::uint64_t due_ns = 0;  ///< When it restarts, after a crash.
};

/// Its handler threw, which left its memory as it was.
Verdict verdict_on_throw(shm::Thread& thread, shm::ActorId actor, const SuperviseOptions& supervise,
                         const std::string& reason);
/// It crashed, and no other process takes its place.
Verdict verdict_on_crash(shm::Thread& thread, shm::ActorId actor, const SuperviseOptions& supervise,
                         const std::string& reason);

}  // namespace buskin::runtime
