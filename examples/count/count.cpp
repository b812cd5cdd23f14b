// count: counts the identifiers in every file below a directory, with reader actors in processes.
//
//   walker --Batch--> reader 1..N --Counts--> aggregator --Totals--> client
//          <--Ready--             --Progress, Trouble--------------> client
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <buskin/buskin.hpp>
#include <cstdio>

#include "aggregator.hpp"
#include "options.hpp"
#include "reader.hpp"
#include "walker.hpp"

using namespace std::chrono_literals;

namespace count {

using Clock = std::chrono::steady_clock;

struct Result {
  std::uint64_t files = 0, bytes = 0, read_identifiers = 0, skipped = 0, troubles = 0;
  std::uint64_t identifiers = 0, distinct = 0;
  std::vector<std::pair<std::string, std::uint64_t>> top{};
  bool complete = false;
};

constexpr const char* name_of(buskin::Base base) {
  switch (base) {
    case buskin::Base::Processes: return "processes";
    case buskin::Base::Threads: return "threads";
    case buskin::Base::Sequential: return "sequential";
  }
  return "unknown";
}

void take(buskin::AnyMessage& message, Result& result) {
  if (const auto* progress = message.as<Progress>()) {
    result.files += progress->files();
    result.bytes += progress->bytes();
    result.read_identifiers += progress->identifiers();
    result.skipped += progress->skipped();
  } else if (const auto* trouble = message.as<Trouble>()) {
    ++result.troubles;
    std::fprintf(stderr, "count: %s\n", trouble->text()->c_str());
  } else if (const auto* totals = message.as<Totals>()) {
    result.identifiers = totals->identifiers();
    result.distinct = totals->distinct();
    for (const auto* entry : *totals->top()) result.top.emplace_back(entry->name()->str(), entry->count());
    result.complete = true;
  }
}

// Progress of different readers may come behind the totals, but all of it comes.
bool finished(const Result& result) { return result.complete && result.read_identifiers == result.identifiers; }

std::string create_all(buskin::ActorSystem& system, const Options& options, buskin::Address client) {
  const buskin::CreateOptions mine{.life = buskin::Life::Creator};
  const auto walker = system.create<Walker>(mine, options.directory, client);
  if (!walker) return walker.error().what();
  const auto aggregator = system.create<Aggregator>(mine, options.workers, options.top, client);
  if (!aggregator) return aggregator.error().what();
  for (std::uint32_t i = 0; i < options.workers; ++i) {
    const auto reader = system.create<Reader>(mine, walker->address(), aggregator->address(), client);
    if (!reader) return reader.error().what();
  }
  return {};
}

// Takes in what the actors say until all is there, or nothing came for kSilenceMax.
void collect(buskin::ActorSystem& system, buskin::Inbox& inbox, bool progress, Result& result) {
  constexpr auto kSilenceMax = 60s;
  auto last = Clock::now();
  auto shown = last;
  while (!finished(result) && Clock::now() - last < kSilenceMax) {
    system.run_until_idle();
    (void)inbox.wait(200ms);
    if (inbox.poll([&](buskin::AnyMessage& message) { take(message, result); }) != 0) last = Clock::now();
    if (progress && Clock::now() - shown > 200ms) {
      shown = Clock::now();
      std::fprintf(stderr, "\r%lu files, %.1f MB ", result.files, static_cast<double>(result.bytes) / 1e6);
    }
  }
  if (progress) {
    std::fprintf(stderr, "\r%lu files, %.1f MB\n", result.files, static_cast<double>(result.bytes) / 1e6);
  }
}

// Identifiers need no quoting in JSON.
void print_json(const Result& result, const Options& options, const char* base, double seconds) {
  std::printf("{\"files\": %lu, \"bytes\": %lu, \"identifiers\": %lu, \"distinct\": %lu, \"top\": [", result.files,
              result.bytes, result.identifiers, result.distinct);
  const char* comma = "";
  for (const auto& [name, count] : result.top) {
    std::printf("%s[\"%s\", %lu]", comma, name.c_str(), count);
    comma = ", ";
  }
  std::printf("], \"seconds\": %.6f, \"base\": \"%s\", \"workers\": %u}\n", seconds, base, options.workers);
}

void print_text(const Result& result, const Options& options, const char* base, double seconds) {
  for (const auto& [name, count] : result.top) std::printf("%12lu  %s\n", count, name.c_str());
  std::printf("%lu identifiers, %lu distinct, in %lu files of %.1f MB\n", result.identifiers, result.distinct,
              result.files, static_cast<double>(result.bytes) / 1e6);
  std::printf("%.3f s, %.1f MB/s, %u workers, base %s", seconds, static_cast<double>(result.bytes) / 1e6 / seconds,
              options.workers, base);
  if (result.troubles != 0) std::printf("; %lu could not be read", result.troubles);
  std::printf("\n");
}

// The directory as every process sees it, or why it is none.
std::string check_directory(Options& options) {
  char* whole = realpath(options.directory.c_str(), nullptr);
  if (whole == nullptr) return "cannot read " + options.directory + ": " + std::strerror(errno);
  std::string path = whole;
  free(whole);
  struct stat status{};
  if (stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return options.directory + " is no directory";
  if (access(path.c_str(), R_OK | X_OK) != 0) return "cannot read " + options.directory + ": " + std::strerror(errno);
  options.directory = path;
  return {};
}

int fail(const std::string& why, int code) {
  std::fprintf(stderr, "count: %s\n", why.c_str());
  return code;
}

int run(buskin::ActorSystem& system, const Options& options) {
  auto inbox = system.inbox();
  const auto begin = Clock::now();
  if (auto wrong = create_all(system, options, inbox.address()); !wrong.empty()) return fail(wrong, 1);
  Result result;
  collect(system, inbox, options.progress || isatty(STDERR_FILENO) == 1, result);
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  if (!finished(result)) return fail("the actors have been silent for a minute; giving up", 1);
  if (options.json) {
    print_json(result, options, name_of(system.base()), seconds);
  } else {
    print_text(result, options, name_of(system.base()), seconds);
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) return fail("cannot write to standard output", 1);
  return 0;
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
  if (!options.base.empty()) setenv("BUSKIN_BASE", options.base.c_str(), 1);
  try {
    buskin::ActorSystem system(argc, argv);
    return count::run(system, options);
  } catch (const std::exception& error) {
    return count::fail(error.what(), 1);
  }
}
