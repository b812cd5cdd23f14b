// buskin_bench: what a message costs between actors, beside what the machine needs.
//
// bench/README.md says what each row is. Everything measured is done by actors and clients through
// public headers; only the counters are read from the segment.
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "actors.hpp"
#include "examples/support/raw.hpp"
#include "options.hpp"
#include "records.hpp"
#include "report.hpp"

using namespace std::chrono_literals;

namespace measured {

using support::now_ns;
using support::RawWait;

struct Bench {
  buskin::ActorSystem& system;
  const Options& options;
  Report& report;
  CostMeter meter;

  const Scale& scale() const { return options.scale; }
  const std::string& base() const { return options.base; }
  /// The machine as it is at this moment: what a row measured now is divided by.
  double raw_now() const {
    return static_cast<double>(support::raw_round_trips(scale().raw_rounds, RawWait::Spin).percentile(0.5));
  }
  void add(Row row) {
    row.costs = meter.since_start();
    report.add(std::move(row));
  }
};

[[noreturn]] void give_up(const char* why) {
  std::fprintf(stderr, "buskin_bench: %s\n", why);
  std::exit(1);
}

/// A row that could not be measured is said, and ends the bench: a figure missing is no figure.
template <class T>
T must(buskin::Result<T> made) {
  if (!made) give_up(made.error().what());
  return *made;
}

// Waits until a T comes to the inbox and gives it to `use`.
template <class T, class Use>
void receive(buskin::Inbox& inbox, Use use) {
  const auto deadline = Clock::now() + 60s;
  bool came = false;
  while (!came) {
    if (Clock::now() > deadline) give_up("no result within a minute");
    if (!inbox.wait(1s)) continue;
    inbox.poll([&](buskin::AnyMessage& message) {
      if (const T* value = message.as<T>()) {
        use(*value);
        came = true;
      }
    });
  }
}

void raw(Bench& bench) {
  const auto times = support::raw_round_trips(bench.scale().raw_rounds * 5, RawWait::Spin);
  bench.report.add(of_times("raw", times, static_cast<double>(times.percentile(0.5)), 1));
}

/// Half a nanosecond is asked for on a machine that is never quiet: many short pieces in pairs, each pair in
/// the other order than the one before, and the median of the differences within the pairs.
template <class With, class Without>
void records(Bench& bench, const std::string& name, With with, Without without) {
  constexpr std::uint64_t kPiece = 500;
  const auto time = [](auto& work) {
    const std::uint64_t begin = now_ns();
    work(kPiece);
    return static_cast<double>(now_ns() - begin) / static_cast<double>(kPiece);
  };
  std::vector<double> all_with, all_without, differences;
  for (int pair = -bench.scale().record_pairs / 10; pair < bench.scale().record_pairs; ++pair) {
    const bool is_first = pair % 2 == 0;
    const double before = is_first ? time(with) : time(without);
    const double after = is_first ? time(without) : time(with);
    if (pair < 0) continue;  // These warm up.
    all_with.push_back(is_first ? before : after);
    all_without.push_back(is_first ? after : before);
    differences.push_back(all_with.back() - all_without.back());
  }
  const auto median = [](std::vector<double>& values) {
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
    return values[values.size() / 2];
  };
  bench.report.add({name,
                    "ns",
                    {{"with", median(all_with)},
                     {"without", median(all_without)},
                     {"difference", median(differences)},
                     {"pairs", static_cast<double>(differences.size())}}});
}

void records_of_messages(Bench& bench, const std::string& name) {
  const auto with = loop_with_records(), without = loop_without_records();
  records(bench, name, [&](std::uint64_t count) { with->messages(count); },
          [&](std::uint64_t count) { without->messages(count); });
  if (!with->has_records() || without->has_records()) give_up("records/message does not measure what it says");
}

/// What the journal adds: a send and a completion as one transaction, beside the same two one after the other.
void records_of_turns(Bench& bench, const std::string& name) {
  const auto loop = loop_with_records();
  records(bench, name, [&](std::uint64_t count) { loop->turns(count, true); },
          [&](std::uint64_t count) { loop->turns(count, false); });
}

void round_trip_awake(Bench& bench, const std::string& name) {
  auto inbox = bench.system.inbox();
  const auto echo = must(bench.system.create<Echo>());
  const auto asker = must(bench.system.create<Asker>(echo.address(), inbox.address()));
  support::Histogram times, raw;
  const int runs = bench.scale().runs;
  for (int run = 0; run <= runs; ++run) {  // The first one warms up.
    if (run == 1) bench.meter.start();
    if (run > 0) raw.merge(support::raw_round_trips(bench.scale().raw_rounds, RawWait::Spin));
    bench.system.send(asker, Begin(bench.scale().rounds));
    receive<Samples>(inbox, [&](const Samples& samples) {
      if (samples.nanoseconds()->size() == 0) give_up("a question was not answered");
      for (const std::uint32_t time : *samples.nanoseconds()) {
        if (run > 0) times.record(time);
      }
    });
  }
  bench.add(of_times(name, times, static_cast<double>(raw.percentile(0.5)), runs));
  bench.system.exit(asker);
  bench.system.exit(echo);
}

// Each question comes when both have long been asleep.
void round_trip_asleep(Bench& bench, const std::string& name) {
  const auto echo = must(bench.system.create<Echo>());
  const auto futex = support::raw_round_trips(bench.scale().futex_rounds, RawWait::Sleep);
  support::Histogram times;
  for (std::uint64_t i = 0; i <= bench.scale().asleep_rounds; ++i) {
    if (i == 1) bench.meter.start();  // The first one warms up.
    const timespec pause{0, 2'000'000};
    nanosleep(&pause, nullptr);
    const std::uint64_t begin = now_ns();
    if (!bench.system.ask<Payload64>(echo, 5s, Payload64())) give_up("a question was not answered");
    if (i > 0) times.record(now_ns() - begin);
  }
  bench.add(of_times(name, times, static_cast<double>(futex.percentile(0.5)), 1));
  bench.system.exit(echo);
}

void stream(Bench& bench, const std::string& name, std::uint64_t senders) {
  auto inbox = bench.system.inbox();
  const auto sink = must(bench.system.create<Sink>(buskin::Address(), inbox.address()));
  std::vector<buskin::Ref<Sender>> sources;
  for (std::uint64_t i = 0; i < senders; ++i) {
    sources.push_back(must(bench.system.create<Sender>(sink.address(), inbox.address())));
  }
  std::vector<double> rates;
  const std::uint64_t each = bench.scale().messages / senders;
  for (int run = 0; run <= bench.scale().runs; ++run) {
    if (run == 1) bench.meter.start();
    bench.system.send(sink, Begin(each * senders));
    for (const auto& source : sources) bench.system.send(source, Begin(each));
    receive<Took>(inbox, [&](const Took& took) {
      if (run > 0) rates.push_back(static_cast<double>(each * senders) * 1e9 / static_cast<double>(took.nanoseconds()));
    });
  }
  bench.add(of_rates(name, rates));
  for (const auto& source : sources) bench.system.exit(source);
  bench.system.exit(sink);
}

buskin::Draft<Blob> blob(Bench& bench, const buskin::fbs::Address& client, std::size_t bytes) {
  auto draft = bench.system.draft<Blob>(bytes + 64);
  std::uint8_t* content = nullptr;
  const auto vector = draft.builder().CreateUninitializedVector<std::uint8_t>(bytes, &content);
  std::memset(content, 7, bytes);
  draft.finish(CreateBlob(draft.builder(), &client, vector));
  return draft;
}

// From the send of a message that is ready to the answer of a reader that touched 8 of its bytes. Small
// messages go before it, so that whoever was idle while it was filled is awake again.
void size(Bench& bench, const std::string& name, std::size_t bytes) {
  constexpr int kBefore = 20;
  auto inbox = bench.system.inbox();
  const buskin::fbs::Address client(inbox.address().system(), inbox.address().index(), inbox.address().generation());
  const auto toucher = must(bench.system.create<Toucher>());
  support::Histogram handed;
  const int rounds = bytes > (1 << 20) ? bench.scale().large_hand_offs : bench.scale().hand_offs;
  bench.meter.start();
  for (int i = 0; i < rounds; ++i) {
    auto draft = blob(bench, client, bytes);
    for (int k = 0; k < kBefore; ++k) {
      bench.system.send(toucher, blob(bench, client, 64));
      receive<Count>(inbox, [](const Count&) {});
    }
    const std::uint64_t begin = now_ns();
    bench.system.send(toucher, std::move(draft));
    receive<Count>(inbox, [&](const Count&) { handed.record(now_ns() - begin); });
  }
  bench.add(of_times(name, handed, bench.raw_now(), 1));
  bench.system.exit(toucher);
}

void create(Bench& bench, const std::string& name, const buskin::Place& place, int count) {
  support::Histogram times;
  const auto first = must(bench.system.create<Echo>(buskin::CreateOptions{.place = place}));  // A shared process stays.
  bench.meter.start();
  for (int i = 0; i < count; ++i) {
    const std::uint64_t begin = now_ns();
    const auto echo = must(bench.system.create<Echo>(buskin::CreateOptions{.place = place}));
    if (!bench.system.ask<Payload64>(echo, 5s, Payload64())) give_up("a new actor did not answer");
    times.record(now_ns() - begin);
    bench.system.exit(echo);
  }
  bench.add(of_times(name, times, bench.raw_now(), 1));
  bench.system.exit(first);
}

// From kill() of a process in the middle of a message to its successor's having that message; `queued`
// others wait behind it. A victim is killed once: with default supervision, restarts in a row take longer.
void recovery(Bench& bench, const std::string& name, int count, std::uint64_t queued) {
  auto inbox = bench.system.inbox();
  const buskin::Address client = inbox.address();
  support::Histogram times;
  bench.meter.start();
  for (int i = 0; i < count; ++i) {
    const buskin::MailboxOptions mailbox{.capacity = static_cast<std::uint32_t>(queued + 65'536)};
    const auto victim = must(bench.system.create<Victim>(buskin::CreateOptions{.mailbox = mailbox}));
    bench.system.send<Hold>(victim, client);
    pid_t pid = 0;
    receive<Holding>(inbox, [&](const Holding& holding) { pid = static_cast<pid_t>(holding.pid()); });
    for (std::uint64_t k = 0; k < queued; ++k) bench.system.send(victim, Payload64());
    const std::uint64_t begin = now_ns();
    if (kill(pid, SIGKILL) != 0) give_up("the victim was gone before it was killed");
    receive<Recovered>(inbox, [&](const Recovered& recovered) { times.record(recovered.at_ns() - begin); });
    bench.system.exit(victim, {.now = true});
  }
  bench.add(of_times(name, times, bench.raw_now(), 1));
}

void run_all(Bench& bench) {
  const Scale& scale = bench.scale();
  const auto row = [&](std::initializer_list<std::string_view> parts, auto measure) {
    const std::string name = row_name(parts);
    if (bench.options.wants(name)) measure(name);
  };
  const std::string& base = bench.base();
  row({"raw"}, [&](const auto&) { raw(bench); });
  row({"records", "message"}, [&](const auto& name) { records_of_messages(bench, name); });
  row({"records", "turn"}, [&](const auto& name) { records_of_turns(bench, name); });
  row({"round_trip", base, "awake", "64"}, [&](const auto& name) { round_trip_awake(bench, name); });
  row({"round_trip", base, "asleep", "64"}, [&](const auto& name) { round_trip_asleep(bench, name); });
  row({"stream", base, "64"}, [&](const auto& name) { stream(bench, name, 1); });
  row({"fan_in", base, kSendersText, "64"}, [&](const auto& name) { stream(bench, name, 8); });
  for (const std::size_t bytes : kSizes) {
    row({"size", base, std::to_string(bytes)}, [&](const auto& name) { size(bench, name, bytes); });
  }
  row({"create", "light"}, [&](const auto& name) { create(bench, name, buskin::shared("light"), scale.light_births); });
  if (base != "processes") return;
  row({"create", "process"}, [&](const auto& name) { create(bench, name, buskin::own_process, scale.process_births); });
  row({"recovery", "crash_to_next_message"}, [&](const auto& name) { recovery(bench, name, scale.recoveries, 0); });
  row({"recovery", "crash_to_next_message", "queued"},
      [&](const auto& name) { recovery(bench, name, scale.full_recoveries, scale.queued); });
}

int run(int argc, char** argv, const Options& options) {
  setenv("BUSKIN_BASE", options.base.c_str(), 1);
  buskin::ActorSystem system(argc, argv, {.name = "bench", .private_system = true});  // It leaves nothing behind.
  Report report;
  Bench bench{system, options, report, CostMeter(system.name(), system.base() == buskin::Base::Processes)};
  run_all(bench);
  if (!options.json.empty() && !report.write_json(options.json)) {
    std::fprintf(stderr, "buskin_bench: cannot write %s\n", options.json.c_str());
    return 1;
  }
  return 0;
}

}  // namespace measured

int main(int argc, char** argv) {
  measured::Options options;
  if (const char* base = std::getenv("BUSKIN_BASE")) options.base = base;
  if (const std::string wrong = measured::parse(argc, argv, options); !wrong.empty()) {
    std::fprintf(stderr, "buskin_bench: %s\n%s\n", wrong.c_str(), measured::kUsage);
    return 2;
  }
  if (options.help) return std::puts(measured::kUsage) < 0 ? 1 : 0;
  try {
    return measured::run(argc, argv, options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "buskin_bench: %s\n", error.what());
    return 1;
  }
}
