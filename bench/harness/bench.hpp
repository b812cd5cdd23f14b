// Bench: what the code of every row needs: a system, how much to measure, and where the figures go.
#pragma once

#include <buskin/buskin.hpp>
#include <string>

#include "bench/harness/cost_meter.hpp"
#include "bench/harness/options.hpp"
#include "bench/harness/report.hpp"

namespace bench {

class Bench {
 public:
  Bench(buskin::ActorSystem& system, const Options& options, Report& report);

  buskin::ActorSystem& system() { return system_; }
  const Scale& scale() const { return options_.scale; }

  /// The wake-ups of the present row are counted from here on.
  void start_costs() { meter_.start(); }
  /// Adds the row's costs since start_costs().
  void add(Figures figures);
  /// For a row in which no actor takes part.
  void add_without_costs(Figures figures) { report_.add(std::move(figures)); }

  /// Median round trip of a cache line, in ns, on the machine as it is at this moment: it divides a figure that is
  /// measured now.
  double raw_now() const;

 private:
  buskin::ActorSystem& system_;
  const Options& options_;
  Report& report_;
  CostMeter meter_;
};

/// Ends the program: a row that cannot be measured must not be missing without a word.
[[noreturn]] void give_up(const char* why);

template <class T>
T must(buskin::Result<T> made) {
  if (!made) give_up(made.error().what());
  return *made;
}

/// Waits until a T comes to the inbox and gives it to `use`; other messages are dropped.
template <class T, class Use>
void receive(buskin::Inbox& inbox, Use use) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  bool came = false;
  while (!came) {
    if (std::chrono::steady_clock::now() > deadline) give_up("no result within a minute");
    if (!inbox.wait(std::chrono::seconds(1))) continue;
    inbox.poll([&](buskin::AnyMessage& message) {
      if (const T* value = message.as<T>()) {
        use(*value);
        came = true;
      }
    });
  }
}

}  // namespace bench
