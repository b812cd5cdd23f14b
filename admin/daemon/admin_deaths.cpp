// admin_deaths: what a death breaks is mended, and who may come back comes back.
//
// The reaper mends memory and mailboxes; here its result is carried out: actors
// that lost their process are given another one, as their policy says.
//
// Floor: admin.
#include <algorithm>
#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>

#include "admin/daemon/admin.hpp"
#include "admin/daemon/death_mark.hpp"
#include "api/runtime/birth.hpp"
#include "api/runtime/restart.hpp"
#include "shm/base/clock.hpp"
#include "shm/segment/member.hpp"
#include "shm/segment/names.hpp"

namespace buskin::admin {

namespace {

std::string title_of(const shm::ProcessEntry& entry) {
  return {entry.title.data(), ::strnlen(entry.title.data(), entry.title.size())};
}

const char* word_of(shm::Role role) {
  switch (role) {
    case shm::Role::Client: return "client";
    case shm::Role::Admin: return "admin";
    case shm::Role::ForkServer: return "fork server";
    case shm::Role::Actors: return "actors";
    case shm::Role::Bridge: return "bridge";
    case shm::Role::Tool: return "tool";
  }
  return "unknown";
}

}  // namespace

bool Admin::is_scheduled(shm::ActorId actor) const {
  return waiting_.contains(actor) || on_their_way_.contains(actor.word()) ||
         std::any_of(due_.begin(), due_.end(), [&](const auto& due) { return due.second == actor; });
}

void Admin::member_gone(MemberId member) {
  Known* const known = members_.find(member);
  if (known == nullptr) return;  // Left, and said so.
  if (members_.has_left(member)) {
    end_creatures_of(member);
    return members_.forget(member);
  }
  if (known->role == shm::Role::Actors && programs_.has(known->program)) {
    known->dead_since_ns = shm::now_ns();  // Its fork server will say how it died.
  } else {
    bury(member, "its process died");
  }
}

void Admin::bury(MemberId member, const std::string& reason) {
  const Known* const met = members_.find(member);
  const Known known = met != nullptr ? *met : Known{.id = member};
  const std::vector<shm::ActorId> unhosted = take_place(places_.find_by(
      [&](shm::ActorId mailbox) { return shm::life_of(segment_, mailbox).host == member.index; }));
  const std::string title = title_of(segment_.process(member.index));
  const std::uint64_t begin = shm::now_ns();
  const shm::ReapOptions options{
      [this](shm::ProcessIndex index) { return shm::is_dead(segment_, index, paths_.lock); },
      [&](shm::ActorId actor) { is_resuming_ ? resume(actor) : restart(actor, reason); },
      runtime::answer_of_dead};
  const auto reaped = shm::reap_process(courier_.thread(), member.index, options);
  if (!reaped.ok() && reaped.error() == shm::ReapError::Claimed) {
    // Somebody else mends it; should he die too, we find it again.
    if (Known* const later = members_.find(member)) later->dead_since_ns = begin;
    return;
  }
  if (reaped.ok()) {
    for (const shm::ActorId actor : reaped.value().closing) {
      runtime::bury_actor(courier_.thread(), actor, {Code::ActorDied, reason});
    }
    for (const shm::ActorId actor : reaped.value().requested) {
      if (is_resuming_) {
        resume(actor);
      } else if (!is_scheduled(actor)) {
        restart(actor, reason);
      }
    }
    record_death(known, title, reason, reaped.value(), shm::now_ns() - begin);
  }
  members_.forget(member);
  end_creatures_of(member);
  create_again(unhosted);
  const auto& servers = programs_.all();
  const auto server = std::find_if(servers.begin(), servers.end(), [&](const Server& one) { return one.member == member; });
  if (server != servers.end()) server_gone(Server(*server));
  // Forked for an actor that it never got to.
  if (known.actor != shm::ActorId{} && is_waiting_to_be_hosted(known.actor) && !is_scheduled(known.actor)) {
    restart(known.actor, reason);
  }
}

void Admin::server_gone(const Server& server) {
  programs_.remove(server.member);
  programs_.expect(server.program);
  // What it was asked for, and had not done.
  std::vector<shm::ActorId> lost;
  for (const auto& [actor, asked] : on_their_way_) {
    if (asked == server.member) lost.push_back(shm::ActorId::from_word(actor));
  }
  for (const shm::ActorId actor : lost) {
    on_their_way_.erase(actor.word());
    if (is_waiting_to_be_hosted(actor)) (void)waiting_.emplace(actor, shm::now_ns());
  }
  look_around();  // Nobody else tells of its children.
  restart_kept(server.path);
}

void Admin::close(shm::ActorId actor, const std::string& reason) {
  const bool is_unborn = shm::life_of(segment_, actor).state == shm::LifeState::Requested;
  runtime::bury_actor(courier_.thread(), actor, {is_unborn ? Code::StartFailed : Code::ActorDied, reason});
}

void Admin::restart(shm::ActorId actor, const std::string& reason) {
  runtime::Birth birth;
  if (!is_waiting_to_be_hosted(actor) || !runtime::read_birth(segment_, actor, birth)) return;
  const SuperviseOptions& supervise = birth.options.supervise;
  const bool is_local = birth.options.place.kind == Place::Kind::Here;
  const bool is_born = shm::life_of(segment_, actor).state == shm::LifeState::Notified;
  if (phase_ != Phase::Running || is_local || (is_born && supervise.on_crash != Decision::Restart)) {
    return close(actor, reason);
  }
  const std::uint64_t now = shm::now_ns();
  if (!runtime::count_restart(segment_, actor, supervise, now)) {
    return close(actor, reason + "; it was restarted " + std::to_string(supervise.restarts) + " times within " +
                            std::to_string(supervise.within.count() / 1'000'000) + " ms");
  }
  if (const Duration wait = runtime::backoff_of(segment_, actor, supervise); wait > Duration::zero()) {
    due_.emplace(now + static_cast<std::uint64_t>(wait.count()), actor);
    return;
  }
  const auto output = outputs_.find(actor.word());
  create_actor(actor, output == outputs_.end() ? shm::ActorId{} : output->second);
}

void Admin::resume(shm::ActorId actor) {
  // relaxed: written before the actor was asked for.
  const bool is_kept = (segment_.slot(actor.index).flags.load_relaxed() & shm::SlotFlag::kKeep) != 0;
  const bool is_born = shm::life_of(segment_, actor).state == shm::LifeState::Notified;
  runtime::Birth birth;
  const bool is_local = runtime::read_birth(segment_, actor, birth) && birth.options.place.kind == Place::Kind::Here;
  if (is_born && !is_local && (is_kept || !shm::name_of(segment_, actor).empty())) {
    ++resumed_;
    (void)waiting_.emplace(actor, shm::now_ns());
    return;
  }
  ++ended_;
  runtime::bury_actor(courier_.thread(), actor, {Code::ActorDied, "system_died", shm::Counter::DeadSystemDied});
}

void Admin::record_death(const Known& dead, const std::string& title, const std::string& reason,
                         const shm::Reaped& reaped, std::uint64_t cost_ns) {
  using namespace std::chrono;
  const shm::RepairCounts& counts = reaped.counts;
  const auto time = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  const nlohmann::ordered_json line = {{"time_ms", time},
                                       {"pid", dead.pid},
                                       {"role", word_of(dead.role)},
                                       {"title", title},
                                       {"reason", reason},
                                       {"actors", reaped.notified.size()},
                                       {"redelivered", counts.charged},
                                       {"sends_undone", counts.sends_undone},
                                       {"turns_undone", counts.turns_undone},
                                       {"turns_finished", counts.turns_finished},
                                       {"lost_in_hand", counts.lost_in_hand},
                                       {"blocks_freed", counts.blocks_freed + counts.retired},
                                       {"cost_ns", cost_ns}};
  log(std::string(kDeathMark) + line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace buskin::admin
