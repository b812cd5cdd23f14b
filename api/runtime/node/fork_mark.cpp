// ForkMark: a count that the child of each fork raises.
#include "api/runtime/node/fork_mark.hpp"

#include <pthread.h>

#include <utility>
#include <vector>

#include "shm/base/check.hpp"

namespace buskin::runtime {

namespace {

int fork_count = 0;  // Written in the child of a fork, where there is one thread.

int watch_forks() {
  static const int once = ::pthread_atfork(nullptr, nullptr, [] { ++fork_count; });
  BUSKIN_CHECK(once == 0);
  return fork_count;
}

}  // namespace

ForkMark::ForkMark() : count_(watch_forks()) {}

bool ForkMark::is_forked() const { return count_ != fork_count; }

void keep_for_ever(std::shared_ptr<void> object) {
  // Never destroyed itself: other static objects may end after it. One thread runs in the child of a fork.
  static auto* const kept = new std::vector<std::shared_ptr<void>>;
  kept->push_back(std::move(object));
}

}  // namespace buskin::runtime
