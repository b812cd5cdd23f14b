// PendingChecks: checks by time, and counts of what they name.
#include "api/runtime/fork_server/pending_checks.hpp"

#include <utility>

#include "shm/base/check.hpp"

namespace buskin::runtime {

void PendingChecks::add(PendingCheck check, std::uint64_t at_ns) {
  BUSKIN_CHECK(check.has_member() || check.has_actor());
  if (check.has_member()) ++members_[check.member.word()];
  if (check.has_actor()) ++actors_[check.actor.word()];
  checks_.emplace(at_ns, std::move(check));
}

std::vector<PendingCheck> PendingChecks::take_due(std::uint64_t now_ns) {
  std::vector<PendingCheck> due;
  const auto end = checks_.upper_bound(now_ns);
  for (auto check = checks_.begin(); check != end; ++check) {
    if (check->second.has_member()) remove_one(members_, check->second.member.word());
    if (check->second.has_actor()) remove_one(actors_, check->second.actor.word());
    due.push_back(std::move(check->second));
  }
  checks_.erase(checks_.begin(), end);
  return due;
}

void PendingChecks::remove_one(Counts& counts, std::uint64_t word) {
  const auto found = counts.find(word);
  BUSKIN_CHECK(found != counts.end());
  if (--found->second == 0) counts.erase(found);
}

}  // namespace buskin::runtime
