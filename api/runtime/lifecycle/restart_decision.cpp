// revive: policy is data; here it is read.
#include "api/runtime/lifecycle/restart_decision.hpp"

#include <vector>

#include "api/runtime/node/actor_spec.hpp"
#include "api/runtime/lifecycle/close.hpp"
#include "api/runtime/lifecycle/restart_intensity.hpp"
#include "buskin/system_messages.hpp"
#include "shm/base/clock.hpp"

namespace buskin::runtime {

bool is_waiting_to_be_hosted(const shm::Segment& segment, shm::ActorId actor) {
  const shm::LifeState state = shm::life_of(segment, actor).state;
  return state == shm::LifeState::Requested || state == shm::LifeState::Notified;
}

bool is_restart_ours(shm::Thread& thread, shm::ActorId actor) {
  shm::Segment& segment = thread.segment();
  const shm::LifeWord life = shm::life_of(segment, actor);
  if (life.state != shm::LifeState::Notified) return false;
  return life.host == thread.process() ||
         (life.host == shm::ProcessIndex::None && shm::take_restart(segment, actor, life, thread.process()));
}

std::optional<std::uint64_t> decide_restart(shm::Thread& thread, shm::ActorId actor, const std::string& reason) {
  shm::Segment& segment = thread.segment();
  ActorSpec spec;
  if (!is_waiting_to_be_hosted(segment, actor) || !read_spec(segment, actor, spec)) return std::nullopt;
  const SuperviseOptions& supervise = spec.options.supervise;
  const bool is_local = spec.options.place.kind == Place::Kind::Here;
  const bool is_born = shm::life_of(segment, actor).state == shm::LifeState::Notified;
  // relaxed: written before the actor was asked for.
  const auto parent = shm::ActorId::from_word(segment.slot(actor.index).parent.load_relaxed());
  if (is_born && supervise.on_crash == Decision::Escalate) escalate(thread, actor);
  if ((is_local && !shm::is_open(segment, parent)) || (is_born && supervise.on_crash != Decision::Restart)) {
    close_lost(thread, actor, reason);
    return std::nullopt;
  }
  const std::uint64_t now = shm::now_ns();
  if (!count_restart(segment, actor, supervise, now)) {
    close_lost(thread, actor, restarted_too_often(reason, supervise));
    return std::nullopt;
  }
  const std::uint64_t due = now + static_cast<std::uint64_t>(backoff_of(segment, actor, supervise).count());
  // relaxed: for whoever would do it in our place; until then it says when the last instance began.
  if (is_born) segment.slot(actor.index).restart_at_ns.store_relaxed(due);
  if (!is_local) return due;
  if (!host_by_parent(thread, actor)) close_lost(thread, actor, reason);
  return std::nullopt;
}

std::uint64_t restart_due(const shm::Segment& segment, shm::ActorId actor) {
  return segment.slot(actor.index).restart_at_ns.load_relaxed();  // relaxed: as above.
}

void close_lost(shm::Thread& thread, shm::ActorId actor, const std::string& reason) {
  const bool is_unborn = shm::life_of(thread.segment(), actor).state == shm::LifeState::Requested;
  close_actor(thread, actor, {is_unborn ? Code::StartFailed : Code::ActorDied, reason});
}

void end_creatures_of(shm::Thread& thread, std::uint64_t creator, shm::ActorId from) {
  const shm::Segment& segment = thread.segment();
  std::vector<shm::ActorId> creatures;
  shm::for_each_actor(segment, [&](shm::ActorId id, shm::LifeWord life) {
    // relaxed: written before the actor was asked for.
    const std::uint32_t flags = segment.slot(id.index).flags.load_relaxed();
    ActorSpec spec;
    if ((flags & shm::SlotFlag::kEndsWithCreator) == 0 || !shm::accepts(life.state)) return;
    if (read_spec(segment, id, spec) && spec.member == creator) creatures.push_back(id);
  });
  for (const shm::ActorId id : creatures) {
    (void)SystemSender(thread).post<ActorExitRequest>({.to = id, .from = from}, std::uint8_t{1});
  }
}

}  // namespace buskin::runtime
