// restart_intensity: counts in the slot, and messages to parent and siblings.
#include "api/runtime/lifecycle/restart_intensity.hpp"

#include <algorithm>

#include "api/runtime/lifecycle/control_messages.hpp"
#include "api/runtime/endpoint/system_sender.hpp"
#include "buskin/system_messages.hpp"
#include "shm/actor/restart_counts.hpp"
#include "shm/base/clock.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

namespace {

constexpr int kLongLife = 10;  // Times the backoff. An instance that has lived so long ends the row of failures.

std::uint32_t failures_in_a_row(const shm::Segment& segment, shm::ActorId actor, const SuperviseOptions& supervise) {
  if (const std::uint32_t charged = shm::charged_failures_of(segment, actor); charged != 0) return charged;
  const std::uint64_t since = shm::running_since_ns_of(segment, actor);
  const auto long_ns = static_cast<std::uint64_t>(supervise.backoff.count()) * kLongLife;
  if (since != 0 && shm::now_ns() - since >= long_ns) return 0;
  return shm::restarts_in_window_of(segment, actor);
}

/// Subtracts up to a quarter as jitter, so that actors which died together do not restart together. The number is
/// the same for the same restart of the same actor, so that a seeded run repeats itself.
Duration scattered(Duration wait, const shm::Segment& segment, shm::ActorId actor) {
  const std::uint64_t restarts = shm::restarts_total_of(segment, actor);
  std::uint64_t mixed = (segment.system_id() ^ actor.word()) + (restarts + 1) * 0x9e37'79b9'7f4a'7c15;
  mixed = (mixed ^ mixed >> 30) * 0xbf58'476d'1ce4'e5b9;
  mixed = (mixed ^ mixed >> 27) * 0x94d0'49bb'1331'11eb;
  constexpr std::int64_t kParts = 1'024;
  const auto part = static_cast<std::int64_t>((mixed ^ mixed >> 31) % kParts);
  return wait - wait / 4 * part / kParts;
}

shm::RestartLimit limit_of(const SuperviseOptions& supervise) {
  return {supervise.restarts, static_cast<std::uint64_t>(supervise.within.count())};
}

}  // namespace

bool may_restart(const shm::Segment& segment, shm::ActorId actor, const SuperviseOptions& supervise,
                 std::uint64_t now_ns) {
  return shm::may_restart(segment, actor, limit_of(supervise), now_ns);
}

bool count_restart(shm::Segment& segment, shm::ActorId actor, const SuperviseOptions& supervise, std::uint64_t now_ns) {
  return shm::count_restart(segment, actor, limit_of(supervise), now_ns);
}

std::string restarted_too_often(const std::string& reason, const SuperviseOptions& supervise) {
  return reason + "; it was restarted " + std::to_string(supervise.restarts) + " times within " +
         std::to_string(supervise.within.count() / 1'000'000) + " ms";
}

Duration backoff_of(const shm::Segment& segment, shm::ActorId actor, const SuperviseOptions& supervise) {
  const std::uint32_t failures = failures_in_a_row(segment, actor, supervise);
  if (failures <= 1) return Duration::zero();
  Duration wait = supervise.backoff;
  for (std::uint32_t i = 2; i < failures && wait < supervise.backoff_max; ++i) wait *= 2;
  return scattered(std::min(wait, supervise.backoff_max), segment, actor);
}

void restart_siblings(shm::Thread& thread, shm::ActorId actor) {
  const shm::Segment& segment = thread.segment();
  const shm::ActorId parent = shm::parent_of(segment, actor);
  const std::uint32_t mine = shm::ordinal_of(segment, actor);
  if (!shm::is_open(segment, parent)) return;
  if (!shm::has_flag(segment, parent, shm::SlotFlag::kOneForAll | shm::SlotFlag::kRestForOne)) return;
  const std::uint64_t now = shm::now_ns();
  const bool is_rest = shm::has_flag(segment, parent, shm::SlotFlag::kRestForOne);
  for (const shm::ActorId sibling : shm::children_of(segment, parent)) {
    const bool is_older = shm::ordinal_of(segment, sibling) < mine;
    if (sibling == actor || (is_rest && is_older)) continue;
    (void)SystemSender(thread, actor).post<RestartOrder>({.to = {sibling, shm::Lane::Control}}, now);
  }
}

bool host_by_parent(shm::Thread& thread, shm::ActorId actor) {
  const shm::ActorId parent = shm::parent_of(thread.segment(), actor);
  return SystemSender(thread, actor).post<HostOrder>({.to = {parent, shm::Lane::Control}}, actor.word());
}

void escalate(shm::Thread& thread, shm::ActorId actor) {
  const shm::ActorId parent = shm::parent_of(thread.segment(), actor);
  (void)SystemSender(thread, actor).post<ActorExitRequest>({.to = {parent}}, std::uint8_t{1});
}

}  // namespace buskin::runtime
