// Futex: a thread sleeps on a word in shared memory until another one, of any process, changes it.
#pragma once

#include <cstdint>

#include "shm/base/atomic.hpp"

namespace buskin::shm {

/// Sleeps while `word` is `expected`, at most until `deadline_ns` of now_ns(). May return early.
void futex_wait(const Atomic<std::uint32_t>& word, std::uint32_t expected, std::uint64_t deadline_ns);
/// Wakes up to `count` sleepers. Returns how many it woke.
int futex_wake(const Atomic<std::uint32_t>& word, int count);

}  // namespace buskin::shm
