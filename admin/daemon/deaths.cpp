// Deaths: from each report to the repair and what follows it.
#include "admin/daemon/deaths.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <cerrno>

#include "api/runtime/lifecycle/close.hpp"
#include "api/runtime/recovery/member_facts.hpp"
#include "api/runtime/recovery/reaper_role.hpp"
#include "shm/base/check.hpp"
#include "shm/base/clock.hpp"
#include "shm/os/limits.hpp"
#include "shm/recovery/member.hpp"
#include "shm/segment/process_table.hpp"

namespace buskin::admin {

namespace {

constexpr std::uint64_t kLeavingMax_ns = 1'000'000'000;  ///< From a Goodbye until the entry is free.
/// How late the report of a stopped fork server may come. A report after that counts one restart too many.
constexpr std::uint64_t kReportMax_ns = 60'000'000'000;

}  // namespace

Deaths::Deaths(const AdminContext& context, const SystemPhases& phases, Programs& programs,
               runtime::RestartSchedule& schedule, Placement& placement, Restarts& restarts, ProgramLauncher& launcher)
    : context_(context),
      phases_(phases),
      programs_(programs),
      schedule_(schedule),
      placement_(placement),
      restarts_(restarts),
      launcher_(launcher),
      repairer_(context.thread(), context.service.id(), context.paths, context.log) {}

void Deaths::process_joined(shm::MemberId member, shm::ActorId actor) {
  schedule_.remove(actor);
  runtime::Known* const known = context_.members.meet(member);
  if (known != nullptr) known->actor = actor;
}

void Deaths::process_leaving(shm::MemberId member) {
  if (context_.members.find(member) != nullptr) leaving_.insert_or_assign(member.word(), context_.now_ns());
  repairer_.exit_actors_of_creator(member);
}

void Deaths::member_gone(shm::MemberId member) {
  const runtime::Known* const known = context_.members.find(member);
  if (known == nullptr) return;  // It said Goodbye and left.
  if (context_.members.has_left(member)) return was_repaired(member);
  // Now: once its fork server has waited for it, the kernel shows nothing.
  const runtime::ProcessEnd end = end_of(member);
  if (known->role == shm::Role::Actors && programs_.has(known->program)) {
    unexplained_.insert_or_assign(member.word(), Unexplained{member, context_.now_ns(), end});
  } else {
    repair_process(member, end);
  }
}

runtime::ProcessEnd Deaths::end_of(shm::MemberId member) const {
  const auto seen = unexplained_.find(member.word());
  if (seen != unexplained_.end()) return seen->second.end;
  const runtime::Known* const known = context_.members.find(member);
  return known == nullptr ? runtime::ProcessEnd{} : runtime::ProcessEnd::look_at(*known);
}

void Deaths::process_ended(const protocol::ProcessEnded& ended) {
  const auto actor = shm::ActorId::from_word(ended.actor());
  // The place is removed before its actors are restarted: they need another one.
  std::vector<shm::ActorId> unhosted = placement_.remove_place(ended.place());
  if (ended.status() == -EALREADY) {
    // Another process is on its way to the actor. The actors that would have followed it get another place.
    std::erase(unhosted, actor);
    return placement_.place_all(unhosted);
  }
  if (is_late(ended)) return placement_.place_all(unhosted);
  const bool is_forked = ended.status() >= 0;
  runtime::ProcessEnd end;
  if (is_forked) {
    end = runtime::ProcessEnd::of_status(ended.status());
  } else {
    end.sentence = "no process could be forked for it: " + shm::limit_words(-ended.status());
  }
  const bool is_refused = ended.status() != -ECANCELED && (!is_forked || end.exit_code == runtime::kCouldNotHost);
  if (is_refused) wait_for_process(unhosted);
  if (schedule_.is_asked(actor)) schedule_.remove(actor);
  bool was_on_its_way = shm::awaits_host(context_.segment(), actor);
  // The repair has dealt with that.
  if (is_forked && repair_pid(ended.pid(), actor, end) == actor) was_on_its_way = false;
  placement_.place_all(unhosted);
  // A process that a signal ends before its actor starts has crashed. One that exits has refused the actor.
  const bool was_started = shm::life_of(context_.segment(), actor).state != shm::LifeState::Requested;
  if (is_refused && was_started && was_on_its_way) return restarts_.wait_for_process(actor);
  if (was_started || (is_forked && WIFSIGNALED(ended.status()))) {
    if (was_on_its_way) {
      restarts_.lose_start(actor, end.sentence);
    } else {
      restarts_.restart_unless_scheduled(actor, end.sentence);
    }
  } else {
    runtime::close_actor(context_.thread(), actor, {Code::StartFailed, end.sentence});
  }
}

/// Takes those out of the list that have started before. The others are tried at once, and end with the reason.
void Deaths::wait_for_process(std::vector<shm::ActorId>& unhosted) {
  std::erase_if(unhosted, [&](shm::ActorId actor) {
    if (shm::life_of(context_.segment(), actor).state != shm::LifeState::Notified) return false;
    schedule_.remove(actor);
    restarts_.wait_for_process(actor);
    return true;
  });
}

/// Was the process repaired before this report? Then the next process of its actor may be on its way already.
bool Deaths::is_late(const protocol::ProcessEnded& ended) {
  const auto known = unreported_.find(ended.pid());
  if (known == unreported_.end() || known->second.actor != shm::ActorId::from_word(ended.actor())) return false;
  unreported_.erase(known);
  return true;
}

/// Returns the actor for which the process was forked, as far as is known.
shm::ActorId Deaths::repair_pid(std::int32_t pid, shm::ActorId forked_for, const runtime::ProcessEnd& end) {
  runtime::Members& members = context_.members;
  const runtime::Known* known = members.find_pid(pid, forked_for);
  if (known == nullptr) {
    members.meet_all();  // It may have died before its Joined message arrived.
    known = members.find_pid(pid, forked_for);
  }
  if (known == nullptr) return {};
  const shm::MemberId member = known->id;
  const shm::ActorId actor = known->actor;
  if (members.has_left(member)) {
    forget(member);
  } else {
    repair_process(member, end);
  }
  return actor;
}

void Deaths::repair_process(shm::MemberId member, const runtime::ProcessEnd& end) {
  BUSKIN_CHECK(member.index != context_.own.index);
  const runtime::Known* const met = context_.members.find(member);
  const runtime::Known known = met != nullptr ? *met : runtime::Known{.id = member};
  const std::vector<shm::ActorId> unhosted = placement_.remove_place_of(member.index);
  const runtime::OnLost lost{[&](shm::ActorId actor) { restarts_.lose_process(actor, end.sentence); },
                             [&](shm::ActorId actor) { restarts_.lose_request(actor, end.sentence); }};
  // It may have died before it came to its actor.
  const bool was_on_its_way = shm::awaits_host(context_.segment(), known.actor);
  const auto repaired = repairer_.repair(known, end, lost);
  if (!repaired.ok() && repaired.error() == shm::ReapError::Claimed) {
    // Another process repairs it. tick() looks again, in case that process dies too.
    unexplained_.insert_or_assign(member.word(), Unexplained{member, context_.now_ns(), end});
    return placement_.place_all(unhosted);
  }
  (void)runtime::take_reaper_role(context_.segment(), context_.own, context_.paths);
  placement_.place_all(unhosted);
  if (!repaired.ok() && repaired.error() == shm::ReapError::Alive) return;  // The report was about another process.
  if (!repaired.ok()) return was_repaired(member);
  forget(member);
  if (const Server* const server = programs_.find(member)) lose_server(*server);
  if (was_on_its_way) restarts_.lose_start(known.actor, end.sentence);
}

/// The process left in order, or a fork server has repaired it.
void Deaths::was_repaired(shm::MemberId member) {
  repairer_.exit_actors_of_creator(member);
  forget(member);
  placement_.place_all(placement_.remove_closed_place());
  if (const Server* const server = programs_.find(member)) lose_server(*server);
  restarts_.start_left_over();
}

void Deaths::forget(shm::MemberId member) {
  unexplained_.erase(member.word());
  leaving_.erase(member.word());
  context_.members.forget(member);
}

void Deaths::lose_server(Server server) {
  programs_.remove(server.member);
  BUSKIN_CHECK(!programs_.has(server.program));  // A program has one fork server.
  programs_.expect(server.program);
  // It was asked for processes that it has not forked.
  for (const shm::ActorId actor : schedule_.take_asked_of(server.member)) {
    if (shm::awaits_host(context_.segment(), actor)) schedule_.add_waiting(actor, context_.now_ns());
  }
  // The processes of these places are its children, which are repaired below, or were never forked. One that lives
  // reports when it is ready.
  for (const std::uint64_t place : placement_.unready_places(server.program)) {
    placement_.place_all(placement_.remove_place(place));
  }
  find_dead();  // It no longer reports deaths of its children.
  const Kept* const kept = programs_.find_kept(server.path);
  if (kept != nullptr && phases_.is_running()) launcher_.launch(*kept);
}

void Deaths::follow_server(const Server& dead) {
  const shm::MemberId member = dead.member;
  repair_process(member, end_of(member));
  // If another process is still repairing it, its successor must be accepted nevertheless.
  if (const Server* const still = programs_.find(member)) lose_server(*still);
}

void Deaths::find_dead() {
  context_.members.meet_all();
  std::vector<shm::MemberId> dead;
  shm::for_each_process(context_.segment(),
                            [&](shm::ProcessIndex index, const shm::ProcessEntry&, shm::ProcessWord word) {
                              const bool is_other = index != context_.own.index;
                              if (is_other && shm::is_dead(context_.segment(), index, context_.paths.lock)) {
                                dead.push_back({index, word.gen});
                              }
                            });
  for (const shm::MemberId member : dead) repair_process(member, end_of(member));
}

void Deaths::tick(std::uint64_t now_ns) {
  for (const Kept& program : launcher_.take_due(now_ns)) {
    const bool is_missing = programs_.find_kept(program.path) != nullptr && !programs_.has_path(program.path);
    if (is_missing && phases_.is_running()) launcher_.launch(program);
  }
  for (const shm::MemberId member : context_.members.take_unseen_deaths(now_ns, context_.paths.lock)) {
    member_gone(member);
  }
  std::vector<Unexplained> due;
  for (const auto& [word, one] : unexplained_) {
    if (one.since_ns + kStatusMax_ns <= now_ns) due.push_back(one);
  }
  for (const Unexplained& one : due) repair_unexplained(one, now_ns);
  std::erase_if(leaving_, [&](const auto& one) {
    return one.second + kLeavingMax_ns <= now_ns || context_.members.has_left(shm::MemberId::from_word(one.first));
  });
  std::erase_if(unreported_, [&](const auto& one) { return one.second.since_ns + kReportMax_ns <= now_ns; });
}

void Deaths::repair_unexplained(const Unexplained& one, std::uint64_t now_ns) {
  unexplained_.erase(one.member.word());
  if (!runtime::is_there(context_.segment(), one.member)) return was_repaired(one.member);
  const runtime::Known* const known = context_.members.find(one.member);
  if (known != nullptr && known->actor != shm::ActorId{}) {
    unreported_.insert_or_assign(known->pid, Unreported{known->actor, now_ns});
  }
  repair_process(one.member, one.end);
}

std::uint64_t Deaths::next_ns(std::uint64_t now_ns) const {
  // No event reports that a living process has freed its entry.
  std::uint64_t next = leaving_.empty() ? shm::kNever_ns : now_ns + kStep_ns;
  for (const auto& [word, one] : unexplained_) next = std::min(next, one.since_ns + kStatusMax_ns);
  next = std::min({next, context_.members.next_look_ns(), launcher_.next_due_ns()});
  return next;
}

}  // namespace buskin::admin
