// deputy: looks, some time later, whether somebody has done it.
#include "api/core/actor_types.hpp"
#include "api/runtime/fork_server/deputy.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "api/runtime/lifecycle/close.hpp"
#include "api/runtime/lifecycle/restart_decision.hpp"
#include "api/runtime/fork_server/fork_spawner.hpp"
#include "shm/base/clock.hpp"
#include "shm/os/process.hpp"
#include "shm/mailbox/wake.hpp"
#include "system_generated.h"

namespace buskin::runtime {

namespace {

constexpr const char* kDied = "its process died";

Known facts_of(const shm::Segment& segment, MemberId member) {
  const shm::ProcessEntry& entry = segment.process(member.index);
  Known known{.id = member};
  known.pid = static_cast<std::int32_t>(entry.pid.read());
  known.role = entry.role.read();
  return known;
}

}  // namespace

Deputy::Deputy(Host& host, shm::ActorId mailbox, const SystemPaths& paths, LogFile& log, ServerHands hands)
    : segment_(host.segment()), system_sender_(host.thread()), paths_(paths), program_(host.options().program),
      own_{host.member().index(), host.member().gen()}, mailbox_(mailbox), hands_(std::move(hands)),
      repairer_(host.thread(), mailbox, paths_, log),
      watch_(ProcessWatch::Signals::Left, [this, own = host.thread().index()] { shm::wake_thread(segment_, own); }),
      members_(segment_, watch_, own_.index) {
  const std::uint64_t now = shm::now_ns();
  meet_admin();
  // Children of the server whose place we have taken: nobody else of this program sees them die.
  for_each_process(segment_, [&](shm::ProcessIndex index, const shm::ProcessEntry& entry, shm::ProcessWord word) {
    // meet() takes only those whose facts are there.
    if (entry.program.read() == program_) (void)members_.meet({index, word.gen});
  });
  look_at_all_actors(now);
}

Deputy::~Deputy() {
  for (const Look& look : looks_) {
    const shm::LifeWord life = shm::life_of(segment_, look.actor);
    if (life.host == own_.index) (void)shm::take_restart(segment_, look.actor, life, shm::ProcessIndex::None);
  }
}

void Deputy::meet_admin() {
  const MemberId admin = admin_member(segment_);
  if (lives(segment_, admin, paths_)) {
    (void)members_.meet(admin);
    hand_reaper_role(segment_, own_, admin);
  }
  if (take_reaper_role(segment_, own_, paths_)) watch_all(shm::now_ns());
  (void)members_.meet(reaper_of(segment_));
}

std::uint64_t Deputy::act(std::uint64_t now) {
  for (const Event& event : watch_.take()) {
    if (event.kind == Event::Kind::MemberGone) member_gone(event.member, now);
  }
  const auto first = std::stable_partition(looks_.begin(), looks_.end(), [&](const Look& one) { return one.at_ns > now; });
  std::vector<Look> due(std::make_move_iterator(first), std::make_move_iterator(looks_.end()));
  looks_.erase(first, looks_.end());
  for (Look& one : due) look(std::move(one), now);
  std::uint64_t next = std::numeric_limits<std::uint64_t>::max();
  for (const Look& one : looks_) next = std::min(next, one.at_ns);
  return next;
}

void Deputy::child_ended(std::int32_t pid, const ActorOrder& order, const std::string& reason) {
  const std::uint64_t now = shm::now_ns();
  const shm::LifeWord life = shm::life_of(segment_, order.actor);
  const bool is_mine = life.state == shm::LifeState::Notified && life.host == own_.index;
  // It never got to its actor: that counts, or it would go on for ever.
  if (is_mine) decide(order.actor, reason, now);
  const bool is_alone = order.place == 0;
  looks_.push_back({find_member(pid), is_alone ? order.actor : shm::ActorId{}, reason, now + patience()});
}

MemberId Deputy::find_member(std::int32_t pid) const {
  MemberId found{};
  for_each_process(segment_, [&](shm::ProcessIndex index, const shm::ProcessEntry& entry, shm::ProcessWord word) {
    // A former process of this number left before ours was forked.
    if (static_cast<std::int32_t>(entry.pid.read()) == pid) found = {index, word.gen};
  });
  return found;
}

void Deputy::member_gone(MemberId member, std::uint64_t now) {
  members_.forget(member);
  if (reaper_of(segment_) == member) {
    const MemberId admin = admin_member(segment_);
    if (admin != member && lives(segment_, admin, paths_)) hand_reaper_role(segment_, member, admin);
    // Its predecessor comes first: what that one was repairing passes to us with it.
    if (take_reaper_role(segment_, own_, paths_)) {
      looks_.push_back({member, {}, kDied, now});
      return watch_all(now);
    }
    (void)members_.meet(reaper_of(segment_));
  }
  if (is_there(segment_, member)) looks_.push_back({member, {}, kDied, now + patience()});
}

/// Whoever is dead already is told of by the watch; but not those over whom a repairer died.
void Deputy::watch_all(std::uint64_t now) {
  members_.meet_all();
  for_each_process(segment_, [&](shm::ProcessIndex index, const shm::ProcessEntry&, shm::ProcessWord word) {
    const MemberId member{index, word.gen};
    const bool is_known = std::any_of(looks_.begin(), looks_.end(), [&](const Look& one) { return one.member == member; });
    if (word.state == shm::ProcessState::Dead && !is_known) looks_.push_back({member, {}, kDied, now + patience()});
  });
}

void Deputy::look(Look look, std::uint64_t now) {
  const bool has_process = look.member.index != shm::ProcessIndex::None;
  if (has_process && !look_at_process(look, now)) {
    look.at_ns = now + kOthersWait_ns;
    looks_.push_back(std::move(look));
  } else if (look.actor != shm::ActorId{}) {
    look_at_actor(std::move(look), now);
  } else {
    look_at_all_actors(now);
  }
}

/// False while another living process repairs it: should that die, it comes to us.
bool Deputy::look_at_process(Look& look, std::uint64_t now) {
  if (!is_there(segment_, look.member)) return true;
  if (!is_reaper()) watch_all(now);  // Whoever should have seen this sees nothing else either.
  const OnLost on_lost{[&](shm::ActorId actor) { lost(actor, look.reason, now); },
                       [&](shm::ActorId actor) {
                         if (shm::life_of(segment_, actor).state == shm::LifeState::Notified) return lost(actor, look.reason, now);
                         // Also where nobody hears it: the next admin looks at all who wait.
                         (void)system_sender_.post<protocol::CreateActor>({.to = admin_of(segment_), .from = actor}, actor.word());
                       }};
  const auto repaired = repairer_.repair(facts_of(segment_, look.member), look.reason, on_lost);
  return repaired.ok() || repaired.error() != shm::ReapError::Claimed;
}

void Deputy::look_at_actor(Look look, std::uint64_t now) {
  ActorSpec spec;
  const shm::LifeWord life = shm::life_of(segment_, look.actor);
  if (life.state != shm::LifeState::Notified || hands_.has_child(look.actor) || is_stopping(segment_)) return;
  if (!is_ours(look.actor, spec)) return;
  const bool is_local = spec.options.place.kind == Place::Kind::Here;
  if (is_local && life.host != shm::ProcessIndex::None) return;  // Its parent has been told.
  const std::uint64_t due = restart_due(segment_, look.actor);
  if (life.host == own_.index) {
    if (due <= now) return bring_back(look.actor, spec, now);
    look.at_ns = due;
  } else if (life.host != shm::ProcessIndex::None && now < due + kOthersWait_ns) {
    look.at_ns = due + kOthersWait_ns;  // Another one has it, and has time.
  } else if (shm::take_restart(segment_, look.actor, life, own_.index)) {
    return decide(look.actor, look.reason, now);
  } else {
    look.at_ns = now;
  }
  looks_.push_back(std::move(look));
}

void Deputy::look_at_all_actors(std::uint64_t now) {
  shm::for_each_actor(segment_, [&](shm::ActorId id, shm::LifeWord life) {
    if (life.state != shm::LifeState::Notified) return;
    const bool is_known = std::any_of(looks_.begin(), looks_.end(), [&](const Look& one) { return one.actor == id; });
    if (!is_known) looks_.push_back({{}, id, kDied, now + patience()});
  });
}

void Deputy::lost(shm::ActorId actor, const std::string& reason, std::uint64_t now) {
  ActorSpec spec;
  if (is_stopping(segment_) || !read_spec(segment_, actor, spec)) return;
  // It ends with its process or follows its parent, whosever program it is of.
  const bool is_over = spec.options.place.kind == Place::Kind::Here || spec.options.supervise.on_crash != Decision::Restart;
  if (!is_over && !is_ours(actor, spec)) return;
  if (is_restart_ours(system_sender_.thread(), actor)) decide(actor, reason, now);
}

void Deputy::decide(shm::ActorId actor, const std::string& reason, std::uint64_t now) {
  const auto due = decide_restart(system_sender_.thread(), actor, reason);
  ActorSpec spec;
  if (!due || !read_spec(segment_, actor, spec)) return;
  const bool is_alone = spec.options.place.kind != Place::Kind::Shared;
  if (*due <= shm::now_ns() && is_alone) return bring_back(actor, spec, now);
  looks_.push_back({{}, actor, reason, *due});  // Those of a shared process together, when all of them are decided.
}

/// Has this program the type, and is nobody better there for it?
bool Deputy::is_ours(shm::ActorId actor, ActorSpec& spec) const {
  if (!read_spec(segment_, actor, spec) || detail::find_actor_type(spec.type_id) == nullptr) return false;
  if (spec.program == program_) return true;
  return server_of(segment_, spec.program, paths_) == 0;
}

void Deputy::bring_back(shm::ActorId actor, const ActorSpec& spec, std::uint64_t now) {
  ActorOrder order{.actor = actor};
  if (spec.options.place.kind == Place::Kind::Shared) {
    order.place = shm::random_id() | std::uint64_t{1} << 63;  // An admin's numbers are smaller.
    shm::for_each_actor(segment_, [&](shm::ActorId id, shm::LifeWord life) {
      if (id == actor || life.state != shm::LifeState::Notified || life.host != own_.index) return;
      ActorSpec other;
      const bool is_there_too = restart_due(segment_, id) <= now && read_spec(segment_, id, other) &&
                                other.options.place.kind == Place::Kind::Shared &&
                                other.options.place.name == spec.options.place.name && !hands_.has_child(id);
      if (is_there_too) order.more.push_back(id);
    });
  }
  hands_.fork(order);
  // No process could be had: the next try has a fresh chance.
  if (!hands_.has_child(actor)) looks_.push_back({{}, actor, kDied, now + kOthersWait_ns});
}

}  // namespace buskin::runtime
