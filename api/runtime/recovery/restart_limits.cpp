// restart_limits: the counts in the slot, and the wait that follows from them.
#include "api/runtime/recovery/restart_limits.hpp"

#include <algorithm>

#include "shm/actor/restart_counts.hpp"
#include "shm/base/clock.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

namespace {

constexpr int kLongLife = 10;  // Times the backoff. An instance that has lived so long ends the row of failures.

std::uint32_t failures_in_a_row(const shm::Segment& segment, shm::ActorId actor, const SuperviseOptions& supervise) {
  const std::uint32_t charged = shm::charged_failures_of(segment, actor);
  const std::uint32_t restarts = shm::restarts_in_window_of(segment, actor);
  const std::uint64_t since = shm::running_since_ns_of(segment, actor);
  // It died before it ran: the message, which it did not come to, was charged by an earlier instance.
  if (since == 0) return std::max(charged, restarts);
  if (charged != 0) return charged;
  const auto long_ns = static_cast<std::uint64_t>(supervise.backoff.count()) * kLongLife;
  return shm::now_ns() - since >= long_ns ? 0 : restarts;
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

}  // namespace buskin::runtime
