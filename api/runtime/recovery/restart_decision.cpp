// restart_decision: policy is data in the actor's spec and slot; here it is read.
#include "api/runtime/recovery/restart_decision.hpp"

#include "api/runtime/lifecycle/close.hpp"
#include "api/runtime/recovery/process_end.hpp"
#include "api/runtime/recovery/restart_limits.hpp"
#include "api/runtime/recovery/restart_orders.hpp"
#include "shm/base/clock.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

bool claim_restart(shm::Thread& thread, shm::ActorId actor) {
  shm::Segment& segment = thread.segment();
  const shm::LifeWord life = shm::life_of(segment, actor);
  if (life.state != shm::LifeState::Notified) return false;
  return life.host == thread.process() ||
         (life.host == shm::ProcessIndex::None && shm::take_restart(segment, actor, life, thread.process()));
}

namespace {

/// Is the actor over without its process: by its policy, or because its parent, whose process it shared, is gone?
bool ends_with_process(const shm::Segment& segment, shm::ActorId actor, const ActorSpec& spec, bool has_started) {
  if (has_started && spec.options.supervise.on_crash != Decision::Restart) return true;
  return spec.options.place.kind == Place::Kind::Here && !shm::is_open(segment, shm::parent_of(segment, actor));
}

/// When the restart is due, after it was counted. Nothing: it is one too many, and the actor was closed.
std::optional<std::uint64_t> count_and_time(shm::Thread& thread, shm::ActorId actor, const SuperviseOptions& supervise,
                                            const std::string& reason) {
  shm::Segment& segment = thread.segment();
  const std::uint64_t now = shm::now_ns();
  if (!may_restart(segment, actor, supervise, now)) {
    close_lost(thread, actor, restarted_too_often(reason, supervise));
    return std::nullopt;
  }
  // First: should this process die or stop before the count, the next one does not count the restart as well.
  shm::write_restart_due(segment, actor, now);
  // Not counted only if this process was stopped, and another one has counted the restart meanwhile.
  (void)count_restart(segment, actor, supervise, now);
  const std::uint64_t due = now + static_cast<std::uint64_t>(backoff_of(segment, actor, supervise).count());
  shm::clear_running_since(segment, actor);
  shm::write_restart_due(segment, actor, due);
  return due;
}

}  // namespace

std::optional<std::uint64_t> decide_restart(shm::Thread& thread, shm::ActorId actor, const ActorSpec& spec,
                                            const std::string& reason) {
  shm::Segment& segment = thread.segment();
  const shm::LifeState state = shm::life_of(segment, actor).state;
  const bool has_started = state == shm::LifeState::Notified;
  if (!shm::awaits_host(state) || (has_started && !claim_restart(thread, actor))) return std::nullopt;
  const SuperviseOptions& supervise = spec.options.supervise;
  if (has_started && supervise.on_crash == Decision::Escalate) escalate(thread, actor);
  if (ends_with_process(segment, actor, spec, has_started)) {
    close_lost(thread, actor, reason);
    return std::nullopt;
  }
  const std::uint64_t decided_ns = has_started ? shm::restart_due_ns_of(segment, actor) : 0;
  const std::optional<std::uint64_t> due =
      decided_ns != 0 ? decided_ns : count_and_time(thread, actor, supervise, reason);
  if (!due) return std::nullopt;
  if (spec.options.place.kind != Place::Kind::Here) return due;
  if (!host_by_parent(thread, actor)) close_lost(thread, actor, reason);
  return std::nullopt;
}

std::optional<std::uint64_t> postpone_restart(shm::Thread& thread, shm::ActorId actor, std::uint64_t now_ns) {
  if (!claim_restart(thread, actor)) return std::nullopt;
  const std::uint64_t due_ns = now_ns + kRefusedPause_ns;
  shm::write_restart_due(thread.segment(), actor, due_ns);
  return due_ns;
}

void lose_restart(shm::Thread& thread, shm::ActorId actor) {
  shm::Segment& segment = thread.segment();
  const shm::LifeWord life = shm::life_of(segment, actor);
  if (life.state == shm::LifeState::Notified && life.host == thread.process()) {
    shm::write_restart_due(segment, actor, 0);
  }
}

void close_lost(shm::Thread& thread, shm::ActorId actor, const std::string& reason) {
  const bool has_not_started = shm::life_of(thread.segment(), actor).state == shm::LifeState::Requested;
  close_actor(thread, actor, {has_not_started ? Code::StartFailed : Code::ActorDied, reason});
}

}  // namespace buskin::runtime
