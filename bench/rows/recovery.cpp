// recovery: kills a Victim while it handles Hold.
#include "bench/rows/recovery.hpp"

#include <signal.h>
#include <unistd.h>

#include "bench/harness/bench.hpp"
#include "examples/support/clock.hpp"
#include "messages_generated.h"

namespace bench {

using support::now_ns;

/// Handles Hold until its process is killed. Its successor, which has the message again, sends the time.
struct Victim : buskin::Actor<Hold, Payload64> {
  void on(Message<Hold> hold, Context& context) {
    const buskin::Address client(*hold->client());
    if (hold.redelivered()) return context.send(client, Recovered(now_ns()));
    context.send(client, Holding(static_cast<std::uint32_t>(getpid())));
    const std::uint64_t end = now_ns() + 30'000'000'000;  // Nobody has killed it: the bench is gone.
    while (now_ns() < end) pause();
  }
  void on(Message<Payload64>) {}
};

namespace {

/// `queued` other messages wait behind the one in hand. Each victim is killed once: with default supervision, restarts
/// in a row take longer.
void measure_recovery(Bench& bench, const std::string& name, int count, std::uint64_t queued) {
  auto inbox = bench.system().inbox();
  const buskin::Address client = inbox.address();
  support::Histogram times;
  bench.start_costs();
  for (int i = 0; i < count; ++i) {
    const buskin::MailboxOptions mailbox{.capacity = static_cast<std::uint32_t>(queued + 65'536)};
    const auto victim = must(bench.system().create<Victim>(buskin::CreateOptions{.mailbox = mailbox}));
    bench.system().send<Hold>(victim, client);
    pid_t pid = 0;
    receive<Holding>(inbox, [&](const Holding& holding) { pid = static_cast<pid_t>(holding.pid()); });
    for (std::uint64_t k = 0; k < queued; ++k) bench.system().send(victim, Payload64());
    const std::uint64_t begin = now_ns();
    if (kill(pid, SIGKILL) != 0) give_up("the victim was gone before it was killed");
    receive<Recovered>(inbox, [&](const Recovered& recovered) { times.record(recovered.at_ns() - begin); });
    bench.system().exit(victim, {.now = true});
  }
  bench.add(figures_of_times(name, times, {.raw = bench.raw_now()}));
}

void measure_idle(Bench& bench) {
  measure_recovery(bench, "recovery/crash_to_next_message", bench.scale().recoveries, 0);
}

void measure_queued(Bench& bench) {
  measure_recovery(bench, "recovery/crash_to_next_message/queued", bench.scale().full_recoveries, bench.scale().queued);
}

}  // namespace

Rows recovery_rows(const std::string& base) {
  if (base != "processes") return {};
  return {{"recovery/crash_to_next_message", &measure_idle},
          {"recovery/crash_to_next_message/queued", &measure_queued}};
}

}  // namespace bench
