// Report: what a run found and survived, for people and for programs.
#pragma once

#include <cstdio>

#include "ledger.hpp"
#include "options.hpp"

namespace count {

struct Run {
  Found found{};  ///< The totals of each pass: they are equal.
  std::uint64_t troubles = 0;
  double seconds = 0;  ///< For all passes.
  const char* base = "";
  std::uint64_t kills = 0, restarts = 0, redelivered = 0, admin_restarts = 0;
  std::uint64_t lost = 0, twice = 0;
  std::uint32_t admin_killed = 0;  ///< Process id of the last admin that was killed.
};

// Identifiers need no quoting in JSON.
inline void print_json(const Run& run, const Options& options) {
  const Found& found = run.found;
  std::printf("{\"files\": %lu, \"bytes\": %lu, \"identifiers\": %lu, \"distinct\": %lu, \"top\": [", found.files,
              found.bytes, found.identifiers, found.distinct);
  const char* comma = "";
  for (const auto& [name, count] : found.top) {
    std::printf("%s[\"%s\", %lu]", comma, name.c_str(), count);
    comma = ", ";
  }
  std::printf(
      "], \"seconds\": %.6f, \"base\": \"%s\", \"workers\": %u, \"repeat\": %u, \"kills\": %lu, "
      "\"restarts\": %lu, \"redelivered\": %lu, \"admin_restarts\": %lu, \"lost\": %lu, \"twice\": %lu}\n",
      run.seconds, run.base, options.workers, options.repeat, run.kills, run.restarts, run.redelivered,
      run.admin_restarts, run.lost, run.twice);
}

inline void print_text(const Run& run, const Options& options) {
  const Found& found = run.found;
  for (const auto& [name, count] : found.top) std::printf("%12lu  %s\n", count, name.c_str());
  std::printf("%lu identifiers, %lu distinct, in %lu files of %.1f MB\n", found.identifiers, found.distinct,
              found.files, static_cast<double>(found.bytes) / 1e6);
  std::printf("%.3f s, %.1f MB/s, %u workers, base %s", run.seconds,
              static_cast<double>(found.bytes) * options.repeat / 1e6 / run.seconds, options.workers, run.base);
  if (options.repeat > 1) std::printf("; %u times", options.repeat);
  if (run.troubles != 0) std::printf("; %lu could not be read", run.troubles);
  std::printf("\n");
  if (options.check) std::printf("coreutils find the same\n");
  if (options.kill_every_ms == 0) return;
  std::printf("%lu restarts, %lu messages again, %lu new admins\n", run.restarts, run.redelivered, run.admin_restarts);
  std::printf("%lu files, %lu kills, %lu lost, %lu counted twice\n", found.files * options.repeat, run.kills, run.lost,
              run.twice);
}

}  // namespace count
