// stages: a pipeline of processes on real lines, and how late each line was at its end.
//
//   source --Line--> Mask --Line--> Count --Line--> Name --Done--> sink
//   (this program)    (each stage in a process of its own)     (this program)
//
// --json prints one object: `lines` (sent), `lost`, `out_of_order`, `twice`, `words`, `patterns` (lines
// that differ when digits are masked), `rate` (asked for, 0: full), `seconds` (first to last line at the
// sink), `base`, `kills`, `restarts`, `worst_gap` (ns without a line behind a kill), and `latency_ns`: for `source`,
// `hop1` to `hop4`, `end_to_end`, `floor_cache_line` and `floor_gap` an object of `p50`, `p99`, `p999`, `p9999`, `max`.
#include <signal.h>

#include <atomic>
#include <buskin/buskin.hpp>
#include <cstdio>
#include <thread>

#include "../support/victims.hpp"
#include "options.hpp"
#include "report.hpp"
#include "sink.hpp"
#include "source.hpp"

using namespace std::chrono_literals;

namespace stages {

constexpr auto kSilenceMax = 20s;  // After the last line was sent: a line that has not come by then is lost.

int fail(const std::string& why, int code) {
  std::fprintf(stderr, "stages: %s\n", why.c_str());
  return code;
}

// Spinning helps only where every stage, source and sink has a processor of its own.
buskin::Idle idle_of_stages() {
  return std::thread::hardware_concurrency() >= kParts ? buskin::Idle::Adaptive : buskin::Idle::Sleep;
}

std::string create_stages(buskin::ActorSystem& system, buskin::Address sink, buskin::Ref<Mask>& first) {
  // Actors that are killed on purpose restart as often as necessary.
  const buskin::CreateOptions mine{
      .run = {.idle = idle_of_stages()},
      .life = buskin::Life::Creator,
      .supervise = {.restarts = 1'000'000, .within = 1s, .backoff = 1ms, .backoff_max = 1ms, .kills_max = 255}};
  const auto name = system.create<Name>(mine, sink, sink, 3u);
  if (!name) return name.error().what();
  const auto count = system.create<Count>(mine, name->address(), sink, 2u);
  if (!count) return count.error().what();
  const auto mask = system.create<Mask>(mine, count->address(), sink, 1u);
  if (!mask) return mask.error().what();
  first = *mask;
  return {};
}

std::size_t poll(buskin::Inbox& inbox, Sink& sink, support::Victims& victims) {
  return inbox.poll([&](buskin::AnyMessage& message) {
    if (const auto* done = message.as<Done>()) {
      sink.take(*done);
    } else if (const auto* alive = message.as<Alive>()) {
      sink.take(*alive);
      victims.add(alive->pid());
    }
  });
}

// The source has a thread of its own, except on the base where everything runs in one.
std::uint64_t run_pipeline(buskin::ActorSystem& system, buskin::Inbox& inbox, buskin::Ref<Mask> first,
                           const Lines& lines, const Plan& plan, Sink& sink, support::Victims& victims) {
  std::atomic<bool> all_sent{false};
  std::uint64_t sent = 0;
  std::thread source;
  if (system.base() == buskin::Base::Sequential) {
    sent = send_lines(system, first, lines, plan, [&] {
      system.run_until_idle();
      (void)poll(inbox, sink, victims);
    });
    all_sent = true;
  } else {
    source = std::thread([&] {
      sent = send_lines(system, first, lines, plan, [] {});
      all_sent = true;
    });
  }
  auto last = support::Clock::now();
  while (!(all_sent && sink.count() == sent)) {
    (void)inbox.wait(victims.time_left(50ms));
    const auto now = support::Clock::now();
    if (poll(inbox, sink, victims) != 0 || !all_sent) last = now;
    if (const std::uint32_t pid = victims.kill_when_due(); pid != 0) sink.killed(pid);
    if (now - last > kSilenceMax) break;
  }
  if (source.joinable()) source.join();
  return sent;
}

int run(buskin::ActorSystem& system, const Options& options, const Lines& lines) {
  if (auto wrong = support::check_base(options, system.base()); !wrong.empty()) return fail(wrong, 2);
  const Floor floor = measure_floor();
  auto inbox = system.inbox();
  buskin::Ref<Mask> first;
  if (auto wrong = create_stages(system, inbox.address(), first); !wrong.empty()) return fail(wrong, 1);
  Sink sink;
  support::Victims victims(options.kill_every_ms);
  Run run{.rate = options.rate, .is_killing = options.kill_every_ms != 0, .sink = &sink, .floor = &floor};
  run.base = support::name_of(system.base());
  run.sent = run_pipeline(system, inbox, first, lines, plan_of(options, lines), sink, victims);
  if (options.json) {
    print_json(run);
  } else {
    print_text(run);
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) return fail("cannot write to standard output", 1);
  const bool whole = run.lost() == 0 && sink.out_of_order() == 0 && sink.duplicates() == 0;
  return whole ? 0 : fail("lines were lost, out of order or twice at the sink", 1);
}

}  // namespace stages

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);  // A closed standard output is an error of print, not the end.
  stages::Options options;
  if (auto wrong = stages::parse(argc, argv, options); !wrong.empty()) {
    return stages::fail(wrong + "\n" + stages::kUsage, 2);
  }
  if (options.help) return std::puts(stages::kUsage) < 0 ? 1 : 0;
  support::choose_base(options);
  try {
    buskin::ActorSystem system(argc, argv);
    stages::Lines lines;
    if (auto wrong = lines.read(options.files); !wrong.empty()) return stages::fail(wrong, 2);
    return stages::run(system, options, lines);
  } catch (const std::exception& error) {
    return stages::fail(error.what(), 1);
  }
}
