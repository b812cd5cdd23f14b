// Adoption: asks, counts the answers, and decides which actors resume.
#include "admin/daemon/adoption.hpp"

#include <vector>

#include "api/runtime/lifecycle/close.hpp"
#include "shm/base/check.hpp"
#include "shm/names/name_compaction.hpp"
#include "shm/names/names.hpp"
#include "shm/segment/slot_facts.hpp"
#include "system_generated.h"

namespace buskin::admin {

namespace {

constexpr std::uint64_t kSettleMax_ns = 500'000'000;

}  // namespace

void Adoption::begin(bool is_resumed) {
  BUSKIN_CHECK(!is_settling());
  shm::resume_names(context_.thread());
  settle_at_ns_ = context_.now_ns() + kSettleMax_ns;
  is_resuming_ = is_resumed;
  if (is_resumed) return;
  ask_who_is_there();
  context_.log.append("admin: goes on with system " + context_.options.name + ", whose admin was dead");
}

void Adoption::ask_who_is_there() {
  const shm::Segment& segment = context_.segment();
  std::vector<shm::ActorId> asked;
  shm::for_each_actor(segment, [&](shm::ActorId id, shm::LifeWord life) {
    if (!shm::is_client(segment, id)) return;
    const bool has_process = segment.is_backed(shm::Table::Processes, shm::to_bits(life.host));
    if (life.state != shm::LifeState::Active || !has_process) return;
    const shm::Role role = segment.process(life.host).role.read();
    if (role == shm::Role::ForkServer || role == shm::Role::Actors) asked.push_back(id);
  });
  for (const shm::ActorId id : asked) {
    if (context_.service.post<protocol::RegisterAgain>(id, context_.epoch)) ++answers_awaited_;
  }
}

bool Adoption::has_answered() {
  return is_settling() && --answers_awaited_ <= 0;
}

void Adoption::settle() {
  BUSKIN_CHECK(is_settling());
  settle_at_ns_ = 0;
  answers_awaited_ = 0;
}

/// Does the actor resume? It does if it has a name or a keep policy. One that lives in its parent's process follows
/// its parent.
bool Adoption::comes_back(shm::ActorId actor) const {
  const shm::Segment& segment = context_.segment();
  if (!shm::is_open(segment, actor)) return false;
  if (shm::is_local(segment, actor)) return comes_back(shm::parent_of(segment, actor));
  return shm::has_flag(segment, actor, shm::SlotFlag::kKeep) || !shm::name_of(segment, actor).empty();
}

void Adoption::resume(shm::ActorId actor) {
  BUSKIN_CHECK(is_resuming_);
  const shm::Segment& segment = context_.segment();
  const bool was_started = shm::life_of(segment, actor).state == shm::LifeState::Notified;
  if (was_started && comes_back(actor)) {
    ++resumed_;
    if (!shm::is_local(segment, actor)) schedule_.add_waiting(actor, context_.now_ns());
    return;
  }
  ++ended_;
  runtime::close_actor(context_.thread(), actor, {Code::ActorDied, "system_died", shm::Counter::DeadSystemDied});
}

void Adoption::end_resuming() {
  BUSKIN_CHECK(is_resuming_);
  is_resuming_ = false;
  context_.log.append("admin: resumes system " + context_.options.name +
                      ", whose processes were all dead: " + std::to_string(resumed_) +
                      " actors wait for their program, " + std::to_string(ended_) + " ended as system_died");
}

}  // namespace buskin::admin
