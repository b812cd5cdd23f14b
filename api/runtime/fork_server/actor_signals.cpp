// ActorSignals: the handler sets a bit and wakes a thread; that thread acts.
#include "api/runtime/fork_server/actor_signals.hpp"

#include <signal.h>
#include <string.h>

#include <array>
#include <cerrno>
#include <cinttypes>
#include <cstdio>

#include "api/runtime/endpoint/orders.hpp"
#include "shm/base/check.hpp"
#include "shm/base/clock.hpp"
#include "shm/mailbox/send.hpp"
#include "shm/os/futex.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

namespace {

constexpr std::array kNumbers{SIGTERM, SIGQUIT, SIGHUP, SIGINT, SIGUSR1, SIGUSR2};

constexpr std::uint32_t bit_of(int number) { return std::uint32_t{1} << number; }

shm::Atomic<std::uint32_t> signals_seen{0};
shm::Atomic<std::uint32_t>* sleeping_on = nullptr;

/// Runs in any thread of the program that does not block the signal.
void on_signal(int number) {
  const int kept = errno;
  // sync(actor_signal): seq_cst. Before the word that the sleeper gives to the kernel: it looks at the bits
  //   after it has read that word.
  signals_seen.or_seq_cst(bit_of(number));
  sleeping_on->add_seq_cst(2);
  shm::futex_wake(*sleeping_on, 1);
  errno = kept;
}

/// Leaves the signal to the program when it has decided about it.
void install(int number) {
  struct sigaction present {};
  if (::sigaction(number, nullptr, &present) != 0 || present.sa_handler != SIG_DFL) return;
  struct sigaction ours {};
  ours.sa_handler = &on_signal;
  ours.sa_flags = SA_RESTART;
  ::sigemptyset(&ours.sa_mask);
  BUSKIN_CHECK(::sigaction(number, &ours, nullptr) == 0);
}

void uninstall(int number) {
  struct sigaction present {};
  if (::sigaction(number, nullptr, &present) == 0 && present.sa_handler == &on_signal) ::signal(number, SIG_DFL);
}

}  // namespace

ActorSignals::ActorSignals(Host& host) : host_(host) {
  BUSKIN_CHECK(sleeping_on == nullptr);  // The handler knows one word.
  sleeping_on = &host.thread().record().ev;
  for (const int number : kNumbers) install(number);
}

ActorSignals::~ActorSignals() {
  for (const int number : kNumbers) uninstall(number);
  sleeping_on = nullptr;
}

bool ActorSignals::has_any() const {
  // sync(actor_signal): seq_cst. A signal that came before this is seen here; a later one changes the word that
  //   the kernel compares.
  return signals_seen.load_seq_cst() != 0;
}

void ActorSignals::handle() {
  // sync(actor_signal): seq_cst. A signal that comes from here on is another one.
  const std::uint32_t seen = signals_seen.exchange_seq_cst(0);
  for (const int number : {SIGHUP, SIGINT, SIGUSR2}) {
    if ((seen & bit_of(number)) != 0) {
      std::fprintf(stderr, "got SIG%s, which changes nothing\n", ::sigabbrev_np(number));
    }
  }
  if ((seen & bit_of(SIGUSR1)) != 0) log_state();
  if ((seen & (bit_of(SIGTERM) | bit_of(SIGQUIT))) != 0) end_actors();
}

void ActorSignals::end_actors() {
  const shm::Lane lane = is_asked_to_end_ ? shm::Lane::Control : shm::Lane::Messages;
  std::fprintf(stderr, "got SIGTERM or SIGQUIT: the actors of this process end%s\n", is_asked_to_end_ ? " now" : "");
  is_asked_to_end_ = true;
  for (const shm::ActorId actor : host_.hosted()) {
    (void)order_exit(SystemSender(host_.thread(), actor), {actor, lane}, true);
  }
}

void ActorSignals::log_state() const {
  const shm::Segment& segment = host_.segment();
  for (const shm::ActorId actor : host_.hosted()) {
    const std::uint64_t since_ns = shm::running_since_ns_of(segment, actor);
    std::fprintf(stderr, "actor %" PRIu64 ": %" PRIu32 " messages and %" PRIu32 " replies wait, %" PRIu32 " restarts",
                 shm::to_bits(actor.index), shm::pending_count(segment, actor.index, shm::Lane::Messages),
                 shm::pending_count(segment, actor.index, shm::Lane::Replies), shm::restarts_total_of(segment, actor));
    if (since_ns != 0) {
      std::fprintf(stderr, ", the last one %" PRIu64 " ms ago", (shm::now_ns() - since_ns) / 1'000'000);
    }
    std::fputc('\n', stderr);
  }
}

}  // namespace buskin::runtime
