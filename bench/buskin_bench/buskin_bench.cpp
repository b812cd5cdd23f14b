// buskin_bench: what a message costs between actor processes, beside what the machine needs.
//
// buskin_bench [NAME...] [--json FILE]: a NAME chooses the rows whose name begins with it.
#include <cstring>

#include "actors.hpp"
#include "raw.hpp"
#include "report.hpp"

using namespace std::chrono_literals;

namespace measured {

constexpr int kRuns = 5;
constexpr std::uint32_t kRawRounds = 200'000;
constexpr std::uint32_t kFutexRounds = 5'000;
constexpr std::uint64_t kRounds = 200'000;
constexpr std::uint64_t kMessages = 2'000'000;
constexpr std::uint32_t kSenders = 8;

struct Options {
  std::vector<std::string> names{};
  std::string json{};
  bool wants(std::string_view row) const {
    if (names.empty()) return true;
    return std::any_of(names.begin(), names.end(), [&](const auto& name) { return row.starts_with(name); });
  }
};

Row of_histogram(std::string name, const support::Histogram& times, double raw) {
  const auto p = [&](double share) { return static_cast<double>(times.percentile(share)); };
  return {std::move(name), "ns",
          {{"p50", p(0.5)}, {"p99", p(0.99)}, {"p999", p(0.999)}, {"max", static_cast<double>(times.max())},
           {"runs", kRuns}, {"raw", raw}, {"ratio", raw > 0 ? p(0.5) / raw : 0}}};
}

// The machine as it is at this moment: what a row measured now is divided by.
double raw_now() { return static_cast<double>(raw_round_trips(kRawRounds, false).percentile(0.5)); }

/// A row that could not be measured is said, and ends the bench: a figure missing is no figure.
template <class T>
T must(buskin::Result<T> made) {
  if (!made) {
    std::fprintf(stderr, "buskin_bench: %s\n", made.error().what());
    std::exit(1);
  }
  return *made;
}

// Waits until a T comes to the inbox and gives it to `use`.
template <class T, class Use>
void receive(buskin::ActorSystem& system, buskin::Inbox& inbox, Use use) {
  const auto deadline = Clock::now() + 60s;
  for (bool came = false; !came;) {
    if (Clock::now() > deadline) {
      std::fprintf(stderr, "buskin_bench: no result within a minute\n");
      std::exit(1);
    }
    system.run_until_idle();
    if (!inbox.wait(100ms)) continue;
    inbox.poll([&](buskin::AnyMessage& message) {
      if (const T* value = message.as<T>()) {
        use(*value);
        came = true;
      }
    });
  }
}

void round_trip(buskin::ActorSystem& system, Report& report, const std::string& base) {
  auto inbox = system.inbox();
  const auto echo = must(system.create<Echo>());
  const auto asker = must(system.create<Asker>(echo.address(), inbox.address()));
  support::Histogram times, raw;
  for (int run = 0; run <= kRuns; ++run) {  // The first one warms up.
    if (run > 0) raw.merge(raw_round_trips(kRawRounds, false));
    system.send(asker, Begin(kRounds, 1));
    receive<Samples>(system, inbox, [&](const Samples& samples) {
      for (const std::uint32_t time : *samples.nanoseconds()) {
        if (run > 0) times.record(time);
      }
    });
  }
  report.add(of_histogram("round_trip/" + base + "/awake/64", times, static_cast<double>(raw.percentile(0.5))));
  system.exit(asker);
  system.exit(echo);
}

// Each question comes when both have long been asleep.
void round_trip_asleep(buskin::ActorSystem& system, Report& report, const std::string& base) {
  const auto echo = must(system.create<Echo>());
  const auto futex = raw_round_trips(kFutexRounds, true);
  support::Histogram times;
  for (int i = 0; i < 1000; ++i) {
    const timespec pause{0, 2'000'000};
    nanosleep(&pause, nullptr);
    const auto begin = Clock::now();
    if (system.ask<Payload64>(echo, 5s, Payload64()).ok()) times.record(nanoseconds_since(begin));
  }
  report.add(of_histogram("round_trip/" + base + "/asleep/64", times, static_cast<double>(futex.percentile(0.5))));
  system.exit(echo);
}

void stream(buskin::ActorSystem& system, Report& report, const std::string& name, std::uint32_t senders) {
  auto inbox = system.inbox();
  const auto sink = must(system.create<Sink>(buskin::Address(), inbox.address()));
  std::vector<buskin::Ref<Sender>> sources;
  for (std::uint32_t i = 0; i < senders; ++i) {
    sources.push_back(must(system.create<Sender>(sink.address(), inbox.address())));
  }
  std::vector<double> rates;
  for (int run = 0; run <= kRuns; ++run) {
    const std::uint64_t each = kMessages / senders;
    system.send(sink, Begin(each * senders, senders));
    for (const auto& source : sources) system.send(source, Begin(each, senders));
    receive<Took>(system, inbox, [&](const Took& took) {
      if (run > 0) rates.push_back(static_cast<double>(each * senders) * 1e9 / static_cast<double>(took.nanoseconds()));
    });
  }
  report.add(of_runs(name, "msg/s", rates));
  for (const auto& source : sources) system.exit(source);
  system.exit(sink);
}

// From the send of a message that is ready to the answer of a reader that touched 8 of its bytes.
void size(buskin::ActorSystem& system, Report& report, const std::string& base, std::size_t bytes) {
  auto inbox = system.inbox();
  const buskin::fbs::Address client(inbox.address().system(), inbox.address().index(), inbox.address().generation());
  const auto toucher = must(system.create<Toucher>());
  support::Histogram handed, built;
  const int rounds = bytes > (1 << 20) ? 50 : 2000;
  for (int i = 0; i < rounds; ++i) {
    const auto begin = Clock::now();
    auto draft = system.draft<Blob>(bytes + 64);
    std::uint8_t* content = nullptr;
    auto& builder = draft.builder();
    const auto vector = builder.CreateUninitializedVector<std::uint8_t>(bytes, &content);
    std::memset(content, 7, bytes);
    draft.finish(CreateBlob(builder, &client, vector));
    built.record(nanoseconds_since(begin));
    const auto sent = Clock::now();
    system.send(toucher, std::move(draft));
    receive<Count>(system, inbox, [&](const Count&) { handed.record(nanoseconds_since(sent)); });
  }
  report.add(of_histogram("size/" + base + "/" + std::to_string(bytes), handed, raw_now()));
  report.add(of_histogram("build/" + std::to_string(bytes), built, raw_now()));
  system.exit(toucher);
}

void create(buskin::ActorSystem& system, Report& report, const std::string& name, const buskin::Place& place, int count) {
  support::Histogram times;
  for (int i = 0; i < count; ++i) {
    const auto begin = Clock::now();
    const auto echo = must(system.create<Echo>(buskin::CreateOptions{.place = place}));
    if (system.ask<Payload64>(echo, 5s, Payload64()).ok()) times.record(nanoseconds_since(begin));
    system.exit(echo);
  }
  report.add(of_histogram(name, times, raw_now()));
}

void run_all(buskin::ActorSystem& system, const Options& options, Report& report) {
  const std::string base = system.base() == buskin::Base::Processes ? "processes" : "threads";
  if (options.wants("raw")) {
    const auto raw = raw_round_trips(kRawRounds * kRuns, false);
    report.add(of_histogram("raw", raw, static_cast<double>(raw.percentile(0.5))));
  }
  if (options.wants("round_trip/" + base + "/awake/64")) round_trip(system, report, base);
  if (options.wants("round_trip/" + base + "/asleep/64")) round_trip_asleep(system, report, base);
  if (options.wants("stream/" + base + "/64")) stream(system, report, "stream/" + base + "/64", 1);
  if (options.wants("fan_in/" + base + "/8/64")) stream(system, report, "fan_in/" + base + "/8/64", kSenders);
  for (std::size_t bytes = 64; bytes <= (16 << 20); bytes *= 64) {
    if (options.wants("size/" + base + "/" + std::to_string(bytes))) size(system, report, base, bytes);
  }
  if (options.wants("create/light")) create(system, report, "create/light", buskin::shared("light"), 2000);
  if (options.wants("create/process")) create(system, report, "create/process", buskin::own_process, 100);
}

}  // namespace measured

int main(int argc, char** argv) {
  measured::Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with("--buskin-")) continue;
    if (argument == "--json" && i + 1 < argc) {
      options.json = argv[++i];
    } else {
      options.names.emplace_back(argument);
    }
  }
  try {
    buskin::ActorSystem system(argc, argv);
    measured::Report report;
    measured::run_all(system, options, report);
    if (!options.json.empty() && !report.write_json(options.json)) {
      std::fprintf(stderr, "buskin_bench: cannot write %s\n", options.json.c_str());
      return 1;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "buskin_bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
