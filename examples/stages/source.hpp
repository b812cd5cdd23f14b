// Source: the lines, and when each is sent.
//
// Open loop: line i is due at start + i / rate, whatever happened to those before
// it. It is sent at once when that time has passed, and its latency counts from
// then, so that a stall is felt by every line that it held up.
#pragma once

#include <time.h>

#include <buskin/buskin.hpp>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "actors.hpp"
#include "options.hpp"

namespace stages {

class Lines {
 public:
  /// Reads all input. A sentence when a file cannot be read, or there is no line.
  std::string read(const std::vector<std::string>& files) {
    if (files.empty()) bytes_.assign(std::istreambuf_iterator<char>(std::cin), {});
    for (const std::string& file : files) {
      if (file == "-") {
        bytes_.append(std::istreambuf_iterator<char>(std::cin), {});
      } else if (std::string wrong = append(file); !wrong.empty()) {
        return wrong;
      }
      if (!bytes_.empty() && bytes_.back() != '\n') bytes_ += '\n';
    }
    std::string_view rest = bytes_;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      lines_.push_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return lines_.empty() ? "there is no line in the input" : "";
  }
  std::size_t size() const { return lines_.size(); }
  /// Line `i` of the input repeated for ever.
  std::string_view operator[](std::uint64_t i) const { return lines_[i % lines_.size()]; }

 private:
  std::string append(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    file.peek();
    if (!file && !file.eof()) return "cannot read " + path + ": " + std::strerror(errno);
    if (!file.eof()) bytes_.append(std::istreambuf_iterator<char>(file), {});
    return file.bad() ? "cannot read " + path + ": " + std::strerror(errno) : "";
  }
  std::string bytes_;
  std::vector<std::string_view> lines_;
};

/// How many lines are sent, and until when.
struct Plan {
  std::uint64_t count = 0;   ///< Lines. With a time and no rate: as many as go, at most this.
  std::uint64_t rate = 0;    ///< A second; 0: no pause.
  std::uint64_t end_ns = 0;  ///< From the start; 0: only `count` ends it.
};

inline Plan plan_of(const Options& options, const Lines& lines) {
  const std::uint64_t seconds = options.seconds;
  if (seconds == 0) return {lines.size(), options.rate, 0};
  if (options.rate == 0) return {~std::uint64_t{0}, 0, seconds * 1'000'000'000};
  return {options.rate * seconds, options.rate, 0};
}

/// When line `i` is due, from the start.
inline std::uint64_t due_ns(std::uint64_t i, std::uint64_t rate) {
  return i / rate * 1'000'000'000 + i % rate * 1'000'000'000 / rate;
}

/// Returns at `at`, or at once when it has passed. Sleeps only while there is plenty of time.
inline void wait_until(std::uint64_t at) {
  constexpr std::uint64_t kSpin_ns = 1'000'000;
  const std::uint64_t now = support::now_ns();
  if (at > now + 2 * kSpin_ns) {
    const std::uint64_t wake = at - kSpin_ns;
    const timespec when{static_cast<time_t>(wake / 1'000'000'000), static_cast<long>(wake % 1'000'000'000)};
    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, nullptr);
  }
  while (support::now_ns() < at) __builtin_ia32_pause();
}

/// Sends as planned and returns how many lines were sent. `between` runs after each line.
template <class Between>
std::uint64_t send_lines(buskin::ActorSystem& system, buskin::Ref<Mask> first, const Lines& lines, const Plan& plan,
                         Between between) {
  const std::uint64_t start = support::now_ns();
  std::uint64_t sent = 0;
  while (sent < plan.count) {
    std::uint64_t due = support::now_ns();
    if (plan.rate != 0) {
      due = start + due_ns(sent, plan.rate);
      wait_until(due);
    } else if (plan.end_ns != 0 && due >= start + plan.end_ns) {
      break;
    }
    system.send<Line>(first, sent, due, support::now_ns(), 0, 0, 0u, lines[sent]);
    ++sent;
    between();
  }
  return sent;
}

}  // namespace stages
