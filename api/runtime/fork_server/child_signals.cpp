// ChildSignals: what a signal handler may do is add to two words.
#include "api/runtime/fork_server/child_signals.hpp"

#include <signal.h>

#include <cerrno>

#include "shm/base/atomic.hpp"
#include "shm/base/check.hpp"

namespace buskin::runtime {

namespace {

shm::Atomic<std::uint32_t> signals_seen{0};
shm::Atomic<std::uint32_t>* sleeping_on = nullptr;

void on_signal(int) {
  const int kept = errno;
  // sync(signal): seq_cst. Before the word that the sleeper gives to the kernel: it looks at the
  //   count after it has read that word.
  signals_seen.add_seq_cst(1);
  sleeping_on->add_seq_cst(2);
  errno = kept;
}

void set_handler(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  ::sigemptyset(&action.sa_mask);
  for (const int number : ChildSignals::kNumbers) BUSKIN_CHECK(::sigaction(number, &action, nullptr) == 0);
}

}  // namespace

ChildSignals::ChildSignals(shm::Thread& thread) {
  BUSKIN_CHECK(sleeping_on == nullptr);  // The handler knows one word.
  sleeping_on = &thread.record().ev;
  set_handler(&on_signal);
}

ChildSignals::~ChildSignals() {
  restore_defaults();
  sleeping_on = nullptr;
}

bool ChildSignals::has_any() const {
  // sync(signal): seq_cst. What came before this is seen here; what comes later changes the word that the
  //   kernel compares.
  return signals_seen.load_seq_cst() != taken_;
}

void ChildSignals::take() {
  // sync(signal): seq_cst. Before the caller looks for what they say: one that comes from here on is another one.
  taken_ = signals_seen.load_seq_cst();
}

void ChildSignals::add() {
  // sync(signal): seq_cst. By the thread that asks has_any() before it sleeps.
  signals_seen.add_seq_cst(1);
}

void ChildSignals::restore_defaults() { set_handler(SIG_DFL); }

}  // namespace buskin::runtime
