// Shutdown: carries out the steps.
#include "admin/daemon/shutdown.hpp"

#include <unistd.h>

#include "api/runtime/endpoint/orders.hpp"
#include "api/runtime/launch/kept_logs.hpp"
#include "api/runtime/launch/start_lock.hpp"
#include "api/runtime/lifecycle/close.hpp"
#include "buskin/system_messages.hpp"
#include "shm/base/check.hpp"
#include "shm/segment/slot_facts.hpp"
#include "shm/segment/system_words.hpp"

namespace buskin::admin {

bool Shutdown::has_actors() const {
  return shm::count_user_actors(context_.segment()) != 0 || context_.members.count(shm::Role::Actors) != 0;
}

bool Shutdown::is_in_use() const {
  return context_.members.count(shm::Role::Client) != 0 || has_actors();
}

/// Does the present phase have to wait for any process or actor?
bool Shutdown::is_occupied() const {
  const runtime::Members& members = context_.members;
  switch (phases_.phase()) {
    case SystemPhases::Phase::Running: return phases_.is_staying() || is_in_use();
    case SystemPhases::Phase::Stopping: return has_actors();
    case SystemPhases::Phase::Ending:
      return members.count(shm::Role::ForkServer) != 0 || members.count(shm::Role::Actors) != 0;
    case SystemPhases::Phase::Over: break;
  }
  return false;
}

void Shutdown::stop(std::uint64_t deadline_ns) {
  if (!phases_.stop(deadline_ns)) return;
  context_.log.append("admin: system " + context_.options.name + " was asked to end");
  shm::set_stopping(context_.segment(), true);
  exit_actors();
}

std::uint64_t Shutdown::tick(std::uint64_t now_ns) {
  const SystemPhases::Decision decision = phases_.tick(now_ns, is_occupied());
  switch (decision.step) {
    case SystemPhases::Step::Wait: break;
    case SystemPhases::Step::BeginEnding: return begin_ending(now_ns) ? now_ns : now_ns + kStep_ns;
    case SystemPhases::Step::KillActors:
      context_.log.append("admin: killing the actor processes that did not end before the deadline");
      kill_all(shm::Role::Actors);
      break;
    case SystemPhases::Step::KillAll:
      kill_all(shm::Role::ForkServer);
      kill_all(shm::Role::Actors);
      break;
    case SystemPhases::Step::Leave:
      if (!remove_files(now_ns)) return now_ns + kStep_ns;
      phases_.end();
      break;
  }
  return decision.next_ns;
}

bool Shutdown::begin_ending(std::uint64_t now_ns) {
  deaths_.find_dead();
  // First this word, then the look for clients: a client claims its entry first, then reads the word.
  shm::set_ending(context_.segment(), true);
  if (phases_.is_running() && is_in_use()) {
    shm::set_ending(context_.segment(), false);  // A client was first.
    phases_.keep_running();
    return false;
  }
  for (const Server& server : programs_.all()) (void)context_.service.post<protocol::EndServer>(server.mailbox, 0u);
  phases_.begin_ending(now_ns);
  return true;
}

void Shutdown::exit_actors() {
  const shm::Segment& segment = context_.segment();
  std::vector<shm::ActorId> tops;
  shm::for_each_actor(segment, [&](shm::ActorId id, shm::LifeWord life) {
    const bool is_top = !shm::is_open(segment, shm::parent_of(segment, id));
    if (shm::is_user_actor(segment, id) && shm::accepts(life.state) && is_top) tops.push_back(id);
  });
  // The control lane overtakes waiting messages: there is a deadline.
  for (const shm::ActorId id : tops) {
    (void)runtime::order_exit(context_.service.sender(), {id, shm::Lane::Control}, true);
  }
}

void Shutdown::kill_all(shm::Role role) {
  context_.members.meet_all();
  for (const auto& [index, known] : context_.members.all()) {
    BUSKIN_CHECK(known.id != context_.own);
    if (known.role == role) context_.members.kill(known);
  }
}

/// False while another process holds the start lock and there is time to wait.
bool Shutdown::remove_files(std::uint64_t now_ns) {
  BUSKIN_CHECK(phases_.phase() == SystemPhases::Phase::Ending);
  const runtime::SystemPaths& paths = context_.paths;
  // A process that starts a fork server holds the lock, and may wait for an answer from this admin.
  const bool has_folder = ::access(runtime::systems_folder_of(paths).c_str(), W_OK) == 0;
  const auto lock = has_folder ? runtime::StartLock::try_take(paths.lock) : nullptr;
  if (has_folder && lock == nullptr && phases_.may_wait_for_files(now_ns)) return false;
  // The files may belong to another system by now.
  const bool is_ours = context_.segment().check_name().ok() || ::access(paths.segment.c_str(), F_OK) != 0;
  if (!is_ours) return true;
  ::unlink(paths.segment.c_str());
  ::unlink(paths.lock.c_str());
  runtime::remove_old_logs(paths);  // This system's own log stays.
  return true;
}

}  // namespace buskin::admin
