// admin_end: when a system ends, and how: nothing remains.
//
//   Stopping  every actor is asked to end; at the deadline its process is killed
//   Ending    nobody may join; fork servers are asked to end, then killed
//   Over      segment, log and lock file are removed under the start lock
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "admin/daemon/admin.hpp"
#include "api/runtime/launch/start_lock.hpp"
#include "buskin/system_messages.hpp"
#include "shm/base/clock.hpp"
#include "shm/names/name_compaction.hpp"
#include "shm/segment/slot_facts.hpp"
#include "shm/segment/system_words.hpp"
#include "system_generated.h"

namespace buskin::admin {

namespace {

constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kServersEndMax_ns = 2'000'000'000;
constexpr std::uint64_t kProgramMax_ns = 5'000'000'000;  ///< An unborn actor waits so long for a program that died.
constexpr std::uint64_t kFirstUse_ns = 2'000'000'000;  ///< Whoever started us joins within it.
constexpr std::uint64_t kLeavingMax_ns = 1'000'000'000;  ///< After a goodbye.
constexpr std::uint64_t kNamesLook_ns = 10'000'000'000;  ///< Between two looks at the table of names.
constexpr std::uint64_t kStep_ns = 2'000'000;  ///< Between two looks while something ends.

}  // namespace

std::uint64_t Admin::act(std::uint64_t now) {
  std::vector<MemberId> unexplained;
  for (const auto& [index, known] : members_.all()) {
    if (known.dead_since_ns != 0 && now - known.dead_since_ns >= runtime::kStatusMax_ns) unexplained.push_back(known.id);
  }
  for (const MemberId member : unexplained) bury(member, end_of(member));
  switch (phase_) {
    case Phase::Running: return act_running(now);
    case Phase::Stopping: return act_stopping(now);
    case Phase::Ending: return act_ending(now);
    case Phase::Over: break;
  }
  return now;
}

bool Admin::is_in_use() const {
  return members_.count(shm::Role::Client) != 0 || members_.count(shm::Role::Actors) != 0 ||
         runtime::count_user_actors(segment_) != 0;
}

/// Now and then, when there is something to do anyway: a table full of tombstones is copied.
void Admin::look_at_names(std::uint64_t now) {
  if (now < names_at_ns_) return;
  names_at_ns_ = now + kNamesLook_ns;
  const shm::NamesUse use = shm::use_of_names(segment_);
  if (!use.needs_compaction()) return;
  const bool is_copied = shm::compact_names(system_sender_.thread()).ok();
  log("admin: names: " + std::to_string(use.names) + " of actors, " + std::to_string(use.tombstones) +
      (is_copied ? " removed" : " to be removed, when there is memory for it"));
}

std::uint64_t Admin::act_running(std::uint64_t now) {
  look_at_names(now);
  start_what_is_due(now);
  end_unused_servers(now);
  start_what_is_due(now);
  std::uint64_t next = settle_at_ns_ != 0 ? settle_at_ns_ : kNever;
  if (!due_.empty()) next = std::min(next, due_.begin()->first);
  for (const auto& [actor, since] : waiting_) next = std::min(next, since + kProgramMax_ns > now ? since + kProgramMax_ns : kNever);
  for (const Server& server : programs_.all()) {
    if (server.unused_since_ns != 0) next = std::min(next, server.unused_since_ns + options_.linger_ns);
  }
  for (const auto& [index, known] : members_.all()) {
    if (known.dead_since_ns != 0) next = std::min(next, known.dead_since_ns + runtime::kStatusMax_ns);
    // Nothing tells us that an entry was freed by a process that lives on.
    const bool is_leaving = known.leaving_since_ns != 0 && now - known.leaving_since_ns < kLeavingMax_ns;
    if (is_leaving && !members_.has_left(known.id)) next = std::min(next, now + kStep_ns);
  }
  if (options_.is_staying || is_in_use()) {
    was_used_ = true;
    idle_since_ns_ = 0;
    return next;
  }
  if (idle_since_ns_ == 0) idle_since_ns_ = now;
  const std::uint64_t end = idle_since_ns_ + (was_used_ ? options_.linger_ns : std::max(options_.linger_ns, kFirstUse_ns));
  if (now < end) return std::min(next, end);
  return begin_ending() ? now : now + kStep_ns;
}

void Admin::start_what_is_due(std::uint64_t now) {
  if (settle_at_ns_ != 0 && now >= settle_at_ns_) settle();
  while (!due_.empty() && due_.begin()->first <= now) {
    const shm::ActorId actor = due_.begin()->second;
    due_.erase(due_.begin());
    create_actor(actor);
  }
  std::vector<shm::ActorId> unborn;
  for (const auto& [actor, since] : waiting_) {
    const bool is_unborn = shm::life_of(segment_, actor).state == shm::LifeState::Requested;
    if (is_unborn && now - since >= kProgramMax_ns) unborn.push_back(actor);
  }
  // Whoever asked for it waits; one that lived waits as long as it takes.
  for (const shm::ActorId actor : unborn) {
    waiting_.erase(actor);
    runtime::close_actor(system_sender_.thread(), actor, {Code::UnknownType, "the fork server of its program is dead"});
  }
}

bool Admin::begin_ending() {
  look_around();
  // Before we look who is there: a client claims its entry, then reads this.
  shm::set_ending(segment_, true);
  if (phase_ == Phase::Running && is_in_use()) {
    shm::set_ending(segment_, false);  // A client was first.
    idle_since_ns_ = 0;
    return false;
  }
  for (const Server& server : programs_.all()) (void)post<protocol::EndServer>(server.mailbox, 0u);
  phase_ = Phase::Ending;
  deadline_ns_ = shm::now_ns() + kServersEndMax_ns;
  return true;
}

void Admin::stop(std::uint64_t deadline_ns) {
  if (phase_ != Phase::Running) {
    deadline_ns_ = std::min(deadline_ns_, deadline_ns);
    return;
  }
  log("admin: system " + options_.name + " is told to end");
  shm::set_stopping(segment_, true);
  phase_ = Phase::Stopping;
  deadline_ns_ = deadline_ns;
  exit_actors();
}

void Admin::exit_actors() {
  std::vector<shm::ActorId> tops;
  shm::for_each_actor(segment_, [&](shm::ActorId id, shm::LifeWord life) {
    const bool is_top = !shm::is_open(segment_, shm::parent_of(segment_, id));
    if (shm::is_user_actor(segment_, id) && shm::accepts(life.state) && is_top) tops.push_back(id);
  });
  // Before the messages that wait: there is a deadline.
  for (const shm::ActorId id : tops) {
    (void)system_sender_.post<ActorExitRequest>({id, shm::Lane::Control, 0, mailbox_->id()}, std::uint8_t{1});
  }
}

void Admin::kill_all(shm::Role role) {
  members_.meet_all();
  for (const auto& [index, known] : members_.all()) {
    if (known.role == role) members_.kill(known);
  }
}

std::uint64_t Admin::act_stopping(std::uint64_t now) {
  const bool has_actors = runtime::count_user_actors(segment_) != 0 || members_.count(shm::Role::Actors) != 0;
  if (has_actors && now < deadline_ns_) return now + kStep_ns;
  if (has_actors && !is_killing_) {
    log("admin: what has not ended by now is killed");
    kill_all(shm::Role::Actors);
    is_killing_ = true;
    deadline_ns_ = now + kServersEndMax_ns;
    return now + kStep_ns;
  }
  is_killing_ = false;
  (void)begin_ending();
  return now;
}

std::uint64_t Admin::act_ending(std::uint64_t now) {
  const bool has_servers = members_.count(shm::Role::ForkServer) != 0 || members_.count(shm::Role::Actors) != 0;
  if (has_servers && now < deadline_ns_) return now + kStep_ns;
  if (has_servers && !is_killing_) {
    kill_all(shm::Role::ForkServer);
    kill_all(shm::Role::Actors);
    is_killing_ = true;
    deadline_ns_ = now + kServersEndMax_ns;
    return now + kStep_ns;
  }
  // Who starts a fork server has the lock, and may wait for an answer of ours meanwhile.
  const bool has_folder = ::access(runtime::systems_folder_of(paths_).c_str(), W_OK) == 0;
  const auto lock = has_folder ? runtime::StartLock::try_take(paths_.lock) : nullptr;
  if (has_folder && lock == nullptr && now < deadline_ns_ + kServersEndMax_ns) return now + kStep_ns;
  remove_files();
  phase_ = Phase::Over;
  return now;
}

void Admin::remove_files() {
  // Not what somebody else has put there since.
  const bool is_ours = segment_.check_name().ok() || ::access(paths_.segment.c_str(), F_OK) != 0;
  if (!is_ours) return;
  ::unlink(paths_.segment.c_str());
  ::unlink(paths_.log.c_str());
  ::unlink(paths_.lock.c_str());
}

}  // namespace buskin::admin
