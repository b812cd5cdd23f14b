// ForkServerDeputy: checks, some time later, whether a death was dealt with.
#include "api/runtime/fork_server/fork_server_deputy.hpp"

#include <algorithm>
#include <utility>

#include "api/core/actor_types.hpp"
#include "api/runtime/recovery/restart_decision.hpp"
#include "shm/base/check.hpp"
#include "shm/base/clock.hpp"
#include "shm/mailbox/wake.hpp"
#include "shm/os/process.hpp"
#include "shm/segment/process_table.hpp"
#include "shm/segment/slot_facts.hpp"
#include "shm/segment/system_words.hpp"
#include "system_generated.h"

namespace buskin::runtime {

namespace {

Known facts_of(const shm::Segment& segment, shm::MemberId member) {
  const shm::ProcessEntry& entry = segment.process(member.index);
  Known known{.id = member};
  known.pid = static_cast<std::int32_t>(entry.pid.read());
  known.role = entry.role.read();
  return known;
}

}  // namespace

ForkServerDeputy::ForkServerDeputy(Host& host, shm::ActorId mailbox, const SystemPaths& paths, SystemLog& log,
                                   Forks forks)
    : segment_(host.segment()), system_sender_(host.thread()), paths_(paths), program_(host.options().program),
      own_(host.member().id()), forks_(std::move(forks)),
      repairer_(host.thread(), mailbox, paths_, log),
      watch_(ProcessWatch::Signals::Left, [this, own = host.thread().index()] { shm::wake_thread(segment_, own); }),
      members_(segment_, watch_, own_.index) {
  BUSKIN_CHECK(forks_.has_child && forks_.fork && forks_.collect_children);
  const std::uint64_t now = shm::now_ns();
  meet_admin();
  meet_own_program();
  check_all_actors(now);
}

ForkServerDeputy::~ForkServerDeputy() {
  for (const shm::ActorId actor : schedule_.all()) {
    const shm::LifeWord life = shm::life_of(segment_, actor);
    if (life.host == own_.index) (void)shm::take_restart(segment_, actor, life, shm::ProcessIndex::None);
  }
}

void ForkServerDeputy::meet_admin() {
  const shm::MemberId admin = admin_member(segment_);
  if (lives(segment_, admin, paths_)) {
    (void)members_.meet(admin);
    hand_reaper_role(segment_, own_, admin);
  }
  if (take_reaper_role(segment_, own_, paths_)) check_all_processes(shm::now_ns());
  (void)members_.meet(reaper_of(segment_));
}

/// Children of the server whose place we have taken: no other process of this program sees them die.
void ForkServerDeputy::meet_own_program() {
  shm::for_each_process(segment_, [&](shm::ProcessIndex index, const shm::ProcessEntry& entry, shm::ProcessWord word) {
    // meet() takes only those whose facts are there.
    if (entry.program.read() == program_) (void)members_.meet({index, word.gen});
  });
}

std::uint64_t ForkServerDeputy::act(std::uint64_t now) {
  const bool is_watched = !watch_.is_paused() || watch_.resume();
  const std::vector<Event> events = watch_.take();
  // A child whose death is among the events must not count as being on its way to its actor.
  if (!events.empty()) forks_.collect_children();
  for (const Event& event : events) {
    if (event.kind == Event::Kind::MemberGone) member_gone(event.member, now);
  }
  for (const shm::MemberId member : members_.take_unseen_deaths(now, paths_.lock)) member_gone(member, now);
  for (PendingCheck& check : checks_.take_due(now)) run_check(std::move(check), now);
  for (const shm::ActorId actor : schedule_.take_due(now)) check_actor(actor, ProcessEnd{}.sentence, now);
  return std::min({checks_.next_ns(), schedule_.next_due_ns(), members_.next_look_ns(),
                   is_watched ? shm::kNever_ns : now + kOthersWait_ns});
}

void ForkServerDeputy::child_ended(std::int32_t pid, const ForkSpec& spec, const ProcessEnd& end) {
  const std::uint64_t now = shm::now_ns();
  if (has_restart(spec.actor) && end.exit_code == kCouldNotHost) {
    shm::write_restart_due(segment_, spec.actor, now + kRefusedPause_ns);
    return schedule_.add_due(spec.actor, now + kRefusedPause_ns);
  }
  // It never got to its actor: that counts, or it would go on for ever.
  if (ActorSpec actor; has_restart(spec.actor) && read_spec(segment_, spec.actor, actor)) {
    lose_restart(system_sender_.thread(), spec.actor);
    schedule(spec.actor, actor, end.sentence, now);
  }
  const bool is_alone = spec.place == 0;
  const PendingCheck check{
      .member = find_member(pid), .actor = is_alone ? spec.actor : shm::ActorId{}, .end = end};
  if (check.has_member() || check.has_actor()) {
    checks_.add(check, now + patience_ns());
  } else {
    check_all_actors(now);
  }
}

shm::MemberId ForkServerDeputy::find_member(std::int32_t pid) const {
  shm::MemberId found{};
  shm::for_each_process(segment_, [&](shm::ProcessIndex index, const shm::ProcessEntry& entry, shm::ProcessWord word) {
    // A former process of this number left before ours was forked.
    if (static_cast<std::int32_t>(entry.pid.read()) == pid) found = {index, word.gen};
  });
  return found;
}

void ForkServerDeputy::member_gone(shm::MemberId member, std::uint64_t now) {
  members_.forget(member);
  if (reaper_of(segment_) == member) return reaper_gone(member, now);
  if (is_there(segment_, member)) checks_.add({.member = member}, now + patience_ns());
}

/// The reaper is dead: the admin, or a fork server in its place.
void ForkServerDeputy::reaper_gone(shm::MemberId reaper, std::uint64_t now) {
  const shm::MemberId admin = admin_member(segment_);
  if (admin != reaper && lives(segment_, admin, paths_)) hand_reaper_role(segment_, reaper, admin);
  // Our predecessor comes first: its unfinished repairs pass to us with it.
  if (take_reaper_role(segment_, own_, paths_)) {
    checks_.add({.member = reaper}, now);
    return check_all_processes(now);
  }
  (void)members_.meet(reaper_of(segment_));
  if (is_there(segment_, reaper)) checks_.add({.member = reaper}, now + patience_ns());
}

/// The watch reports processes that are already dead, except those whose repairer died while repairing them.
void ForkServerDeputy::check_all_processes(std::uint64_t now) {
  members_.meet_all();
  shm::for_each_process(segment_, [&](shm::ProcessIndex index, const shm::ProcessEntry&, shm::ProcessWord word) {
    const shm::MemberId member{index, word.gen};
    const bool is_new = word.state == shm::ProcessState::Dead && !checks_.has(member);
    if (is_new) checks_.add({.member = member}, now + patience_ns());
  });
}

void ForkServerDeputy::check_all_actors(std::uint64_t now) {
  shm::for_each_actor(segment_, [&](shm::ActorId id, shm::LifeWord life) {
    if (life.state != shm::LifeState::Notified || checks_.has(id) || schedule_.contains(id)) return;
    checks_.add({.actor = id}, now + patience_ns());
  });
}

void ForkServerDeputy::run_check(PendingCheck check, std::uint64_t now) {
  if (check.has_member() && !repair(check, now)) {
    checks_.add(std::move(check), now + kOthersWait_ns);
  } else if (check.has_actor()) {
    check_actor(check.actor, check.end.sentence, now);
  } else {
    check_all_actors(now);
  }
}

/// False while another living process repairs it: should that one die, the repair comes to us.
bool ForkServerDeputy::repair(const PendingCheck& check, std::uint64_t now) {
  if (!is_there(segment_, check.member)) return true;
  // The process that should have seen this death sees no others either.
  if (!is_reaper()) check_all_processes(now);
  const OnLost on_lost{.adoptable = [&](shm::ActorId actor) { restart_lost(actor, check.end.sentence, now); },
                       .requested =
                           [&](shm::ActorId actor) {
                             const bool has_started = shm::life_of(segment_, actor).state == shm::LifeState::Notified;
                             if (has_started) return restart_lost(actor, check.end.sentence, now);
                             create_requested(actor);
                           }};
  const auto repaired = repairer_.repair(facts_of(segment_, check.member), check.end, on_lost);
  return repaired.ok() || repaired.error() != shm::ReapError::Claimed;
}

/// Asks the admin for the process that the dead one may not have asked for. Without an admin the message is
/// lost: the next admin looks at all actors that are REQUESTED.
void ForkServerDeputy::create_requested(shm::ActorId actor) {
  const Outgoing request{.to = {shm::admin_actor_of(segment_)}};
  (void)SystemSender(system_sender_.thread(), actor).post<protocol::CreateActor>(request, actor.word());
}

/// Called in the middle of a repair; see restart_decision.hpp.
void ForkServerDeputy::restart_lost(shm::ActorId actor, const std::string& reason, std::uint64_t now) {
  ActorSpec spec;
  if (is_stopping(segment_) || !read_spec(segment_, actor, spec)) return;
  // Such an actor ends with its process, or its parent hosts it: that takes no process of its program.
  const bool is_closed =
      spec.options.place.kind == Place::Kind::Here || spec.options.supervise.on_crash != Decision::Restart;
  if (is_closed || can_fork(spec)) schedule(actor, spec, reason, now);
}

void ForkServerDeputy::check_actor(shm::ActorId actor, const std::string& reason, std::uint64_t now) {
  ActorSpec spec;
  const shm::LifeWord life = shm::life_of(segment_, actor);
  if (life.state != shm::LifeState::Notified || forks_.has_child(actor) || is_stopping(segment_)) return;
  if (!read_spec(segment_, actor, spec) || !can_fork(spec)) return;
  const bool is_with_parent = spec.options.place.kind == Place::Kind::Here;
  if (is_with_parent && life.host != shm::ProcessIndex::None) return;  // Its parent was asked to host it.
  const std::uint64_t due_ns = shm::restart_due_ns_of(segment_, actor);
  if (life.host == own_.index) {
    if (due_ns > now) return schedule_.add_due(actor, due_ns);
    fork_for(actor, spec, now);
  } else if (life.host != shm::ProcessIndex::None && now < due_ns + kOthersWait_ns) {
    // Another process has the restart, and has time.
    checks_.add({.actor = actor, .end = {reason, {}}}, due_ns + kOthersWait_ns);
  } else if (shm::take_restart(segment_, actor, life, own_.index)) {
    schedule(actor, spec, reason, now);
  } else {
    checks_.add({.actor = actor, .end = {reason, {}}}, now);
  }
}

/// Decides about a restart. An actor that is due at once is forked at once, except for actors of a shared process: they
/// are forked together, when all of them are decided.
void ForkServerDeputy::schedule(shm::ActorId actor, const ActorSpec& spec, const std::string& reason,
                                std::uint64_t now) {
  const std::optional<std::uint64_t> due_ns = decide_restart(system_sender_.thread(), actor, spec, reason);
  if (!due_ns) return;
  const bool is_alone = spec.options.place.kind != Place::Kind::Shared;
  if (!is_alone || *due_ns > shm::now_ns()) return schedule_.add_due(actor, *due_ns);
  schedule_.remove(actor);
  fork_for(actor, spec, now);
}

/// Has this program the type, and does no server of the actor's own program live?
bool ForkServerDeputy::can_fork(const ActorSpec& spec) const {
  if (detail::find_actor_type(spec.type_id) == nullptr) return false;
  return spec.program == program_ || server_of(segment_, spec.program, paths_) == 0;
}

bool ForkServerDeputy::has_restart(shm::ActorId actor) const {
  const shm::LifeWord life = shm::life_of(segment_, actor);
  return life.state == shm::LifeState::Notified && life.host == own_.index;
}

void ForkServerDeputy::fork_for(shm::ActorId actor, const ActorSpec& spec, std::uint64_t now) {
  ForkSpec wanted{.actor = actor};
  if (spec.options.place.kind == Place::Kind::Shared) {
    wanted.place = shm::random_id() | std::uint64_t{1} << 63;  // An admin's numbers are smaller.
    wanted.more = others_of_place(actor, spec.options.place.name, now);
  }
  forks_.fork(wanted);
  // No process could be had: the next try has a fresh chance.
  if (!forks_.has_child(actor)) schedule_.add_due(actor, now + kOthersWait_ns);
}

/// Actors of the same shared process whose restart we have, and which are due too.
std::vector<shm::ActorId> ForkServerDeputy::others_of_place(shm::ActorId actor, const std::string& place,
                                                  std::uint64_t now) const {
  std::vector<shm::ActorId> others;
  shm::for_each_actor(segment_, [&](shm::ActorId id, shm::LifeWord life) {
    if (id == actor || life.state != shm::LifeState::Notified || life.host != own_.index) return;
    ActorSpec spec;
    if (shm::restart_due_ns_of(segment_, id) > now || !read_spec(segment_, id, spec) || forks_.has_child(id)) return;
    const bool is_there_too = spec.options.place.kind == Place::Kind::Shared && spec.options.place.name == place;
    if (is_there_too) others.push_back(id);
  });
  return others;
}

}  // namespace buskin::runtime
