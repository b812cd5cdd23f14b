// round_trip: asks an Echo.
#include "bench/rows/round_trip.hpp"

#include <algorithm>
#include <vector>

#include "bench/harness/bench.hpp"
#include "bench/rows/echo.hpp"
#include "examples/support/clock.hpp"
#include "examples/support/raw_round_trips.hpp"

namespace bench {

using support::now_ns;
using support::RawWait;

/// Asks its peer n times, one question after the other, or as often as kAskingMax_ns allows. Sends the client the
/// duration of each round trip.
struct Asker : buskin::Actor<buskin::Init<Round>, Begin> {
  explicit Asker(const Round& round) : peer_(*round.peer()), client_(*round.client()) {}
  void on(Message<Begin> begin, Context& context) {
    left_ = begin->n();
    end_ = now_ns() + kAskingMax_ns;
    samples_.clear();
    samples_.reserve(left_);
    ask(context);
  }

 private:
  void ask(Context& context) {
    begin_ = now_ns();
    context.request<Payload64>(peer_, std::chrono::seconds(5), Payload64())
        .then([this, &context](buskin::Answer<Payload64> answer) { next(answer.ok(), context); });
  }
  void next(bool ok, Context& context) {
    if (ok) samples_.push_back(static_cast<std::uint32_t>(std::min<std::uint64_t>(now_ns() - begin_, ~0u)));
    if (ok && --left_ != 0 && now_ns() < end_) return ask(context);
    context.send<Samples>(client_, samples_);
  }

  buskin::Ref<Echo> peer_;
  buskin::Address client_;
  static constexpr std::uint64_t kAskingMax_ns = 5'000'000'000;
  std::uint64_t left_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t begin_ = 0;
  std::vector<std::uint32_t> samples_;
};

namespace {

void measure_awake(Bench& bench, const std::string& name) {
  auto inbox = bench.system().inbox();
  const auto echo = must(bench.system().create<Echo>());
  const auto asker = must(bench.system().create<Asker>(echo.address(), inbox.address()));
  support::Histogram times, raw;
  const int runs = bench.scale().runs;
  for (int run = 0; run <= runs; ++run) {  // The first one warms up.
    if (run == 1) bench.start_costs();
    if (run > 0) raw.merge(support::raw_round_trips(bench.scale().raw_rounds, RawWait::Spin));
    bench.system().send(asker, Begin(bench.scale().rounds));
    receive<Samples>(inbox, [&](const Samples& samples) {
      if (samples.nanoseconds()->size() == 0) give_up("a question was not answered");
      for (const std::uint32_t time : *samples.nanoseconds()) {
        if (run > 0) times.record(time);
      }
    });
  }
  bench.add(figures_of_times(name, times, {static_cast<double>(raw.percentile(0.5)), runs}));
  bench.system().exit(asker);
  bench.system().exit(echo);
}

/// The client asks each question after both sides have slept for 2 ms.
void measure_asleep(Bench& bench, const std::string& name) {
  const auto echo = must(bench.system().create<Echo>());
  const auto futex = support::raw_round_trips(bench.scale().futex_rounds, RawWait::Sleep);
  support::Histogram times;
  for (std::uint64_t i = 0; i <= bench.scale().asleep_rounds; ++i) {
    if (i == 1) bench.start_costs();  // The first one warms up.
    const timespec pause{0, 2'000'000};
    nanosleep(&pause, nullptr);
    const std::uint64_t begin = now_ns();
    if (!bench.system().ask<Payload64>(echo, std::chrono::seconds(5), Payload64())) {
      give_up("a question was not answered");
    }
    if (i > 0) times.record(now_ns() - begin);
  }
  bench.add(figures_of_times(name, times, {.raw = static_cast<double>(futex.percentile(0.5))}));
  bench.system().exit(echo);
}

}  // namespace

Rows round_trip_rows(const std::string& base) {
  const std::string awake = row_name({"round_trip", base, "awake", "64"});
  const std::string asleep = row_name({"round_trip", base, "asleep", "64"});
  return {{awake, [awake](Bench& bench) { measure_awake(bench, awake); }},
          {asleep, [asleep](Bench& bench) { measure_asleep(bench, asleep); }}};
}

}  // namespace bench
