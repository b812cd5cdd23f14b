// Members: a map beside the process table.
#include "api/runtime/recovery/members.hpp"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "shm/base/clock.hpp"
#include "shm/os/process.hpp"
#include "shm/recovery/member.hpp"
#include "shm/segment/process_table.hpp"

namespace buskin::runtime {

namespace {

constexpr std::uint64_t kLook_ns = 250'000'000;  // Between two looks at processes that are not watched.

}  // namespace

Known* Members::meet(shm::MemberId id) {
  if (id.index == own_ || has_left(id)) return nullptr;
  const auto found = known_.find(id.index);
  if (found != known_.end() && found->second.id == id) return &found->second;
  const shm::ProcessEntry& entry = segment_.process(id.index);
  if (shm::is_joining(entry)) return nullptr;
  Known known{.id = id};
  known.pid = static_cast<std::int32_t>(entry.pid.read());
  known.start_time = entry.start_time.read();
  known.role = entry.role.read();
  known.program = entry.program.read();
  known.is_watched = shm::is_in_own_pid_namespace(entry) && watch_.add_member(id, known.pid);
  return &known_.insert_or_assign(id.index, known).first->second;
}

void Members::meet_all() {
  shm::for_each_process(segment_, [&](shm::ProcessIndex index, const shm::ProcessEntry&, shm::ProcessWord word) {
    if (word.state == shm::ProcessState::Alive) (void)meet({index, word.gen});
  });
}

Known* Members::find(shm::MemberId id) {
  const auto found = known_.find(id.index);
  return found != known_.end() && found->second.id == id ? &found->second : nullptr;
}

Known* Members::find_pid(std::int32_t pid, shm::ActorId actor) {
  for (auto& [index, known] : known_) {
    if (known.pid == pid && (known.actor == actor || known.actor == shm::ActorId{})) return &known;
  }
  return nullptr;
}

bool Members::has_left(shm::MemberId id) const {
  if (!segment_.is_backed(shm::Table::Processes, shm::to_bits(id.index))) return true;
  const shm::ProcessWord word = shm::word_of(segment_.process(id.index));
  return word.gen != id.gen || word.state != shm::ProcessState::Alive;
}

std::uint64_t Members::next_look_ns() const {
  const bool are_watched =
      std::all_of(known_.begin(), known_.end(), [](const auto& one) { return one.second.is_watched; });
  return are_watched ? shm::kNever_ns : look_at_ns_;
}

std::vector<shm::MemberId> Members::take_unseen_deaths(std::uint64_t now_ns, const std::string& lock_path) {
  if (now_ns < next_look_ns()) return {};
  look_at_ns_ = now_ns + kLook_ns;
  std::vector<shm::MemberId> dead;
  for (const auto& [index, known] : known_) {
    if (known.is_watched) continue;
    if (has_left(known.id) || !shm::is_member_alive(segment_, index, lock_path)) dead.push_back(known.id);
  }
  return dead;
}

std::size_t Members::count(shm::Role role) const {
  std::size_t count = 0;
  shm::for_each_process(segment_, [&](shm::ProcessIndex index, const shm::ProcessEntry& entry, shm::ProcessWord word) {
    if (index == own_ || word.state != shm::ProcessState::Alive) return;
    // A process that is still joining may be a client.
    if ((shm::is_joining(entry) ? shm::Role::Client : entry.role.read()) == role) ++count;
  });
  return count;
}

void Members::kill(const Known& known) const {
  const int pidfd = shm::open_pidfd(known.pid);
  if (pidfd < 0) return;
  // Opened first and compared then: what the descriptor means cannot change any more.
  if (shm::start_time_of(known.pid) == known.start_time) ::syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0);
  ::close(pidfd);
}

}  // namespace buskin::runtime
