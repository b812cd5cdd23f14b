// count: counts the identifiers in every file below a directory, with reader actors in processes.
//
//   walker --Batch--> reader 1..N --Counts--> aggregators --Totals--> client
//          <--Ready--             --Progress, Trouble-------------->
//
// --kill-every kills a random reader, or the aggregators' process, again and again meanwhile: the totals are
// the same. --json prints one object: `files`, `bytes`, `identifiers`, `distinct`, `top` (pairs of name and
// count, most frequent first, ties by name) of one pass; `seconds`, `base`, `workers`, `repeat`, `kills`,
// `restarts` (of actors), `redelivered` (messages handled again), `admin_restarts`, `lost` and `twice` (files).
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <buskin/buskin.hpp>
#include <cstdio>
#include <cstring>

#include "../support/admin.hpp"
#include "../support/victims.hpp"
#include "aggregator.hpp"
#include "check.hpp"
#include "ledger.hpp"
#include "options.hpp"
#include "reader.hpp"
#include "report.hpp"
#include "walker.hpp"

using namespace std::chrono_literals;

namespace count {

using Clock = std::chrono::steady_clock;

constexpr int kAggregators = 12;  // The last one saves everything, once in 2^11 batches.

/// One pass: its actors, its ledger, and the processes that may be killed.
class Pass {
 public:
  Pass(buskin::ActorSystem& system, const Options& options, support::Victims& victims, Run& run)
      : system_(system), options_(options), victims_(victims), run_(run), inbox_(system.inbox()) {}
  ~Pass() {
    victims_.forget_all();
    for (const buskin::Address actor : actors_) system_.exit(actor);
  }
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;

  /// A sentence when an actor cannot be created.
  std::string create_all();
  /// Receives the actors' messages until the totals are there. A sentence when no message came for kSilenceMax.
  std::string collect(bool shows_progress);
  const Ledger& ledger() const { return ledger_; }

 private:
  template <class A, class... Args>
  std::string create(buskin::Ref<A>& made, const buskin::Place& place, const Args&... args);
  void take(buskin::AnyMessage& message);
  void look_at_admin();
  void show() const {
    std::fprintf(stderr, "\r%lu files, %.1f MB ", ledger_.files_so_far(),
                 static_cast<double>(ledger_.bytes_so_far()) / 1e6);
  }

  buskin::ActorSystem& system_;
  const Options& options_;
  support::Victims& victims_;
  Run& run_;
  buskin::Inbox inbox_;
  std::vector<buskin::Address> actors_;
  Ledger ledger_;
};

template <class A, class... Args>
std::string Pass::create(buskin::Ref<A>& made, const buskin::Place& place, const Args&... args) {
  // Actors that are killed on purpose restart as often as necessary.
  const buskin::SuperviseOptions supervise{
      .restarts = 1'000'000, .within = 1s, .backoff = 1ms, .backoff_max = 1ms, .kills_max = 255};
  const auto created = system_.create<A>(
      buskin::CreateOptions{.place = place, .life = buskin::Life::Creator, .supervise = supervise}, args...);
  if (!created) return created.error().what();
  made = *created;
  actors_.push_back(made);
  return {};
}

std::string Pass::create_all() {
  const buskin::Address client = inbox_.address();
  const buskin::Place together = buskin::shared("count-" + std::to_string(getpid()));
  buskin::Ref<Aggregator> aggregator;
  buskin::Ref<Walker> walker;
  buskin::Ref<Reader> reader;
  std::string wrong;
  for (int i = 0; i < kAggregators && wrong.empty(); ++i) {  // The last one first.
    wrong = create(aggregator, together, aggregator.address(), client, options_.top);
  }
  if (wrong.empty()) wrong = create(walker, buskin::own_process, options_.directory, aggregator.address(), client);
  for (std::uint32_t i = 0; i < options_.workers && wrong.empty(); ++i) {
    wrong = create(reader, buskin::own_process, walker.address(), aggregator.address(), client);
  }
  return wrong;
}

void Pass::take(buskin::AnyMessage& message) {
  if (const auto* progress = message.as<Progress>()) {
    run_.redelivered += progress->again();
    ledger_.take(*progress);
  } else if (const auto* walked = message.as<Walked>()) {
    ledger_.take(*walked);
  } else if (const auto* totals = message.as<Totals>()) {
    ledger_.take(*totals);
  } else if (const auto* alive = message.as<Alive>()) {
    run_.restarts += alive->restarted();
    if (options_.target == Target::Actors) victims_.add(alive->pid());
  } else if (const auto* again = message.as<Again>()) {
    run_.redelivered += again->times();
  } else if (const auto* trouble = message.as<Trouble>()) {
    ledger_.trouble();
    std::fprintf(stderr, "count: %s\n", trouble->text()->c_str());
  }
}

// Before the next kill: which process is the admin now?
void Pass::look_at_admin() {
  if (!victims_.is_due()) return;
  const std::uint32_t pid = support::admin_pid(system_.name());
  if (pid == 0 || pid == run_.admin_killed) return;  // None yet: its successor is the next victim.
  if (run_.admin_killed != 0) ++run_.admin_restarts;
  run_.admin_killed = pid;
  victims_.add(pid);
}

std::string Pass::collect(bool shows_progress) {
  constexpr auto kSilenceMax = 60s;
  auto last = Clock::now();
  auto shown = last;
  victims_.restart_clock();
  while (!ledger_.is_complete()) {
    system_.run_until_idle();
    (void)inbox_.wait(victims_.time_left(200ms));
    const auto now = Clock::now();
    if (inbox_.poll([&](buskin::AnyMessage& message) { take(message); }) != 0) last = now;
    if (options_.target == Target::Admin) look_at_admin();
    (void)victims_.kill_when_due();
    if (shows_progress && now - shown > 200ms) {
      shown = now;
      show();
    }
    if (now - last > kSilenceMax) return "the actors have been silent for a minute; giving up";
  }
  if (shows_progress) {
    show();
    std::fprintf(stderr, "\n");
  }
  return ledger_.difference();
}

// The directory as every process sees it, or a sentence that says why it cannot be read.
std::string check_directory(Options& options) {
  char* whole = realpath(options.directory.c_str(), nullptr);
  if (whole == nullptr) return "cannot read " + options.directory + ": " + std::strerror(errno);
  std::string path = whole;
  free(whole);
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return options.directory + " is not a directory";
  if (access(path.c_str(), R_OK | X_OK) != 0) return "cannot read " + options.directory + ": " + std::strerror(errno);
  options.directory = path;
  return {};
}

int fail(const std::string& why, int code) {
  std::fprintf(stderr, "count: %s\n", why.c_str());
  return code;
}

int run(buskin::ActorSystem& system, const Options& options) {
  if (auto wrong = support::check_base(options, system.base()); !wrong.empty()) return fail(wrong, 2);
  if (options.target == Target::Admin && support::admin_pid(system.name()) == 0) {
    return fail("--kill admin: the tool " + support::tool_path() + " does not say which process is the admin", 1);
  }
  support::Victims victims(options.kill_every_ms);
  Run run{.base = support::name_of(system.base())};
  const auto begin = Clock::now();
  for (std::uint32_t i = 0; i < options.repeat; ++i) {
    Pass pass(system, options, victims, run);
    std::string wrong = pass.create_all();
    if (wrong.empty()) wrong = pass.collect(options.progress || isatty(STDERR_FILENO) == 1);
    run.lost += pass.ledger().lost();
    run.twice += pass.ledger().twice();
    run.troubles = pass.ledger().troubles();
    if (wrong.empty() && i != 0 && pass.ledger().totals() != run.found)
      wrong = "this pass found other totals than the first";
    if (!wrong.empty()) return fail(wrong + "; " + std::to_string(pass.ledger().lost()) + " files lost", 1);
    run.found = pass.ledger().totals();
  }
  run.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  run.kills = victims.kills();
  if (options.check) {
    if (const std::string wrong = check(options.directory, run.found); !wrong.empty()) return fail(wrong, 1);
  }
  if (options.json) {
    print_json(run, options);
  } else {
    print_text(run, options);
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) return fail("cannot write to standard output", 1);
  return run.lost == 0 && run.twice == 0 ? 0 : 1;
}

}  // namespace count

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);  // A closed standard output is an error of print, not the end.
  count::Options options;
  options.workers = static_cast<std::uint32_t>(std::max(1L, std::min(64L, sysconf(_SC_NPROCESSORS_ONLN))));
  if (auto wrong = count::parse(argc, argv, options); !wrong.empty()) {
    return count::fail(wrong + "\n" + count::kUsage, 2);
  }
  if (options.help) return std::puts(count::kUsage) < 0 ? 1 : 0;
  if (auto wrong = count::check_directory(options); !wrong.empty()) return count::fail(wrong, 2);
  support::choose_base(options);
  try {
    buskin::ActorSystem system(argc, argv);
    return count::run(system, options);
  } catch (const std::exception& error) {
    return count::fail(error.what(), 1);
  }
}
