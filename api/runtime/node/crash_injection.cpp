// crash_injection: keeps the planned crashes of this process, by actor.
#include "api/runtime/node/crash_injection.hpp"

#include <cstring>
#include <mutex>
#include <unordered_map>

#include "shm/base/check.hpp"

namespace buskin::runtime {

namespace {

struct Plan {
  std::uint32_t turns_left = 0;
  int signal = 0;
};

struct Plans {
  std::mutex mutex;  // Guards what follows.
  std::unordered_map<Address, Plan> by_actor;
};

Plans& plans() {
  static Plans all;
  return all;
}

shm::Atomic<std::uint64_t> plans_count{0};

}  // namespace

void crash_now(int signal) { throw InjectedCrash{signal}; }

std::string end_by_signal(int signal) {
  const char* const name = ::sigdescr_np(signal);
  return "its process was ended by signal " + std::to_string(signal) +
         (name != nullptr ? std::string(" (") + name + ")" : "");
}

void crash_in_turn(Address actor, std::uint32_t turn, int signal) {
  BUSKIN_CHECK(turn > 0 && signal > 0);
  const std::lock_guard lock(plans().mutex);
  plans().by_actor[actor] = {turn, signal};
  // relaxed: a hint; a turn that sees it takes the lock. A crash is planned before the message of its turn is sent.
  plans_count.store_relaxed(plans().by_actor.size());
}

bool has_planned_crashes() { return plans_count.load_relaxed() != 0; }  // relaxed: a hint; see crash_in_turn().

int take_planned_crash(Address actor) {
  const std::lock_guard lock(plans().mutex);
  const auto found = plans().by_actor.find(actor);
  if (found == plans().by_actor.end() || --found->second.turns_left > 0) return 0;
  const int signal = found->second.signal;
  plans().by_actor.erase(found);
  plans_count.store_relaxed(plans().by_actor.size());  // relaxed: written under the lock.
  return signal;
}

}  // namespace buskin::runtime
