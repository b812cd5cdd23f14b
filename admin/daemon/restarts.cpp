// Restarts: carries out what restart_decision decides.
#include "admin/daemon/restarts.hpp"

#include <algorithm>

#include "api/runtime/lifecycle/close.hpp"
#include "api/runtime/recovery/restart_decision.hpp"
#include "shm/base/check.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::admin {

namespace {

/// How long an actor that has not started waits for a program whose fork server died. Its creator waits as long.
constexpr std::uint64_t kProgramMax_ns = 5'000'000'000;

/// Is the process of the actor dead, and has no process decided what becomes of it?
bool is_undecided(shm::LifeWord life) {
  return life.state == shm::LifeState::Notified && life.host == shm::ProcessIndex::None;
}

}  // namespace

void Restarts::lose_process(shm::ActorId actor, const std::string& reason) {
  schedule_.remove(actor);  // The dead process was the one that was asked for.
  if (adoption_.is_resuming()) return adoption_.resume(actor);
  restart(actor, reason);
}

void Restarts::lose_request(shm::ActorId actor, const std::string& reason) {
  if (adoption_.is_resuming()) return adoption_.resume(actor);
  if (!schedule_.contains(actor)) restart(actor, reason);
}

void Restarts::restart(shm::ActorId actor, const std::string& reason) {
  BUSKIN_CHECK(actor.index != shm::ActorIndex::None);  // A process that was forked for no actor has none to restart.
  shm::Thread& thread = context_.thread();
  if (!phases_.is_running()) {
    const bool has_started = shm::life_of(context_.segment(), actor).state == shm::LifeState::Notified;
    if (!has_started || runtime::claim_restart(thread, actor)) runtime::close_lost(thread, actor, reason);
    return;
  }
  runtime::ActorSpec spec;
  if (!runtime::read_spec(context_.segment(), actor, spec)) return;
  const std::optional<std::uint64_t> due_ns = runtime::decide_restart(thread, actor, spec, reason);
  if (!due_ns) return;
  if (*due_ns > context_.now_ns()) return schedule_.add_due(actor, *due_ns);
  placement_.place(actor, spec);
}

void Restarts::restart_unless_scheduled(shm::ActorId actor, const std::string& reason) {
  if (shm::awaits_host(context_.segment(), actor) && !schedule_.contains(actor)) restart(actor, reason);
}

void Restarts::lose_start(shm::ActorId actor, const std::string& reason) {
  if (!schedule_.contains(actor)) runtime::lose_restart(context_.thread(), actor);
  restart_unless_scheduled(actor, reason);
}

void Restarts::wait_for_process(shm::ActorId actor) {
  if (schedule_.contains(actor)) return;
  const auto due_ns = runtime::postpone_restart(context_.thread(), actor, context_.now_ns());
  if (due_ns) schedule_.add_due(actor, *due_ns);
}

void Restarts::retry_waiting() {
  schedule_.retry_waiting([this](shm::ActorId actor) { placement_.place(actor); });
}

bool Restarts::is_left_over(shm::ActorId actor, shm::LifeWord life) const {
  if (!shm::is_user_actor(context_.segment(), actor) || schedule_.contains(actor)) return false;
  if (is_undecided(life)) return true;
  // The parent hosts an actor that lives in its process.
  if (shm::is_local(context_.segment(), actor)) return false;
  const bool is_decided_by_us = life.state == shm::LifeState::Notified && life.host == context_.own.index;
  return life.state == shm::LifeState::Requested || is_decided_by_us;
}

void Restarts::start_left_over() {
  std::vector<shm::ActorId> left;
  shm::for_each_actor(context_.segment(), [&](shm::ActorId id, shm::LifeWord life) {
    if (is_left_over(id, life)) left.push_back(id);
  });
  for (const shm::ActorId id : left) {
    if (is_undecided(shm::life_of(context_.segment(), id))) {
      restart(id, "its process died");
    } else {
      placement_.place(id);
    }
  }
}

void Restarts::tick(std::uint64_t now_ns) {
  for (const shm::ActorId actor : schedule_.take_due(now_ns)) placement_.place(actor);
  BUSKIN_CHECK(schedule_.next_due_ns() > now_ns);  // Otherwise the admin would never sleep again.
  for (const shm::ActorId actor : schedule_.waiting_for(kProgramMax_ns, now_ns)) {
    const shm::LifeState state = shm::life_of(context_.segment(), actor).state;
    if (state == shm::LifeState::Notified) continue;  // It had started before; it waits without a limit.
    schedule_.remove(actor);
    if (state != shm::LifeState::Requested) continue;  // It was closed, or hosted by another process.
    runtime::close_actor(context_.thread(), actor, {Code::UnknownType, "the fork server of its program is dead"});
  }
}

std::uint64_t Restarts::next_ns(std::uint64_t now_ns) const {
  return std::min(schedule_.next_due_ns(), schedule_.next_waiting_ns(kProgramMax_ns, now_ns));
}

}  // namespace buskin::admin
