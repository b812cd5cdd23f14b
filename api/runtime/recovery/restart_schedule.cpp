// RestartSchedule: three maps that never hold the same actor.
#include "api/runtime/recovery/restart_schedule.hpp"

#include <algorithm>

#include "shm/base/check.hpp"

namespace buskin::runtime {

/// I1: takes the actor out of the book where it stands.
void RestartSchedule::begin_entry(shm::ActorId actor) {
  BUSKIN_CHECK(actor.index != shm::ActorIndex::None);
  BUSKIN_CHECK(actor.index != shm::ActorIndex::None);
  remove(actor);
}

void RestartSchedule::add_due(shm::ActorId actor, std::uint64_t due_ns) {
  begin_entry(actor);
  due_of_.emplace(actor.word(), due_ns);
  due_.emplace(due_ns, actor.word());
  BUSKIN_CHECK(due_.size() == due_of_.size());
}

void RestartSchedule::add_waiting(shm::ActorId actor, std::uint64_t since_ns) {
  const auto found = waiting_.find(actor.word());
  const std::uint64_t first_ns = found == waiting_.end() ? since_ns : std::min(found->second, since_ns);
  begin_entry(actor);
  waiting_.emplace(actor.word(), first_ns);
}

void RestartSchedule::add_asked(shm::ActorId actor, shm::MemberId server) {
  begin_entry(actor);
  asked_.emplace(actor.word(), server);
}

void RestartSchedule::remove(shm::ActorId actor) {
  std::size_t removed = waiting_.erase(actor.word()) + asked_.erase(actor.word());
  if (const auto found = due_of_.find(actor.word()); found != due_of_.end()) {
    BUSKIN_CHECK(due_.erase({found->second, found->first}) == 1);
    due_of_.erase(found);
    ++removed;
  }
  BUSKIN_CHECK(removed <= 1);  // I1
}

bool RestartSchedule::contains(shm::ActorId actor) const {
  return due_of_.contains(actor.word()) || is_waiting(actor) || is_asked(actor);
}

std::vector<shm::ActorId> RestartSchedule::all() const {
  std::vector<shm::ActorId> actors;
  for (const auto& [word, due_ns] : due_of_) actors.push_back(shm::ActorId::from_word(word));
  for (const auto& [word, since_ns] : waiting_) actors.push_back(shm::ActorId::from_word(word));
  for (const auto& [word, server] : asked_) actors.push_back(shm::ActorId::from_word(word));
  return actors;
}

std::vector<shm::ActorId> RestartSchedule::take_due(std::uint64_t now_ns) {
  std::vector<shm::ActorId> actors;
  // Ends: each turn takes one entry out.
  while (!due_.empty() && due_.begin()->first <= now_ns) {
    actors.push_back(shm::ActorId::from_word(due_.begin()->second));
    remove(actors.back());
  }
  return actors;
}

std::vector<shm::ActorId> RestartSchedule::waiting_for(std::uint64_t wait_ns, std::uint64_t now_ns) const {
  std::vector<shm::ActorId> actors;
  for (const auto& [word, since_ns] : waiting_) {
    if (since_ns + wait_ns <= now_ns) actors.push_back(shm::ActorId::from_word(word));
  }
  return actors;
}

std::uint64_t RestartSchedule::next_waiting_ns(std::uint64_t wait_ns, std::uint64_t now_ns) const {
  std::uint64_t next_ns = shm::kNever_ns;
  for (const auto& [word, since_ns] : waiting_) {
    if (since_ns + wait_ns > now_ns) next_ns = std::min(next_ns, since_ns + wait_ns);
  }
  return next_ns;
}

std::vector<shm::ActorId> RestartSchedule::take_asked_of(shm::MemberId server) {
  std::vector<shm::ActorId> actors;
  for (const auto& [word, asked] : asked_) {
    if (asked == server) actors.push_back(shm::ActorId::from_word(word));
  }
  for (const shm::ActorId actor : actors) remove(actor);
  return actors;
}

}  // namespace buskin::runtime
