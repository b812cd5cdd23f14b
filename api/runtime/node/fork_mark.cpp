// ForkMark: a count that the child of each fork raises.
#include "api/runtime/node/fork_mark.hpp"

#include <pthread.h>

#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "shm/base/check.hpp"

namespace buskin::runtime {

int fork_count = 0;

namespace {

int watch_forks() {
  static const int once = ::pthread_atfork(nullptr, nullptr, [] { ++fork_count; });
  BUSKIN_CHECK(once == 0);
  return forks_count();
}

}  // namespace

ForkMark::ForkMark() : count_(watch_forks()) {}

bool ForkMark::is_forked() const { return count_ != forks_count(); }

void end_forked_child(int status) {
  (void)std::fflush(stdout);
  std::_Exit(status);
}

void keep_for_ever(std::shared_ptr<void> object) {
  // Never destroyed itself: other static objects may end after it. One thread runs in the child of a fork.
  static auto* const kept = new std::vector<std::shared_ptr<void>>;
  kept->push_back(std::move(object));
}

}  // namespace buskin::runtime
