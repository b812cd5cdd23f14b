// Verdict: one for each kind of failure.
#include "api/runtime/cell/verdict.hpp"

#include "api/runtime/recovery/restart_limits.hpp"
#include "api/runtime/recovery/restart_orders.hpp"
#include "shm/base/check.hpp"
#include "shm/base/clock.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

Verdict verdict_on_throw(shm::Thread& thread, shm::ActorId actor, const SuperviseOptions& supervise,
                         const std::string& reason) {
  switch (supervise.on_throw) {
    case Decision::Resume: return {Verdict::What::GoesOn};
    case Decision::Restart:
      if (count_restart(thread.segment(), actor, supervise, shm::now_ns())) return {Verdict::What::Restarts};
      return {Verdict::What::Ends, "restarted too often: " + reason};
    case Decision::Escalate: escalate(thread, actor); break;
    case Decision::Stop: break;
  }
  return {Verdict::What::Ends, reason};
}

Verdict verdict_on_crash(shm::Thread& thread, shm::ActorId actor, const SuperviseOptions& supervise,
                         const std::string& reason) {
  BUSKIN_CHECK(!reason.empty());
  if (supervise.on_crash == Decision::Escalate) escalate(thread, actor);
  if (supervise.on_crash != Decision::Restart) return {Verdict::What::Ends, reason};
  const std::uint64_t now = shm::now_ns();
  if (!count_restart(thread.segment(), actor, supervise, now)) {
    return {Verdict::What::Ends, restarted_too_often(reason, supervise)};
  }
  const auto wait_ns = static_cast<std::uint64_t>(backoff_of(thread.segment(), actor, supervise).count());
  shm::clear_running_since(thread.segment(), actor);
  shm::write_restart_due(thread.segment(), actor, now + wait_ns);
  return {.what = Verdict::What::Restarts, .due_ns = now + wait_ns};
}

}  // namespace buskin::runtime
