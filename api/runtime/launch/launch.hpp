// launch: starts a process that has nothing to do with us any more, and waits until it is ready.
//
// It gets a session of its own, no descriptor of ours, and is nobody's child; so
// a shell that waits for our output does not wait for it. It says that it is ready,
// or why not, through a pipe.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace buskin::runtime {

/// Descriptor on which a launched process says that it is ready.
inline constexpr int kReadyFd = 3;

struct LaunchSpec {
  std::string executable;
  std::vector<std::string> command;  ///< Its arguments, the name first.
  std::string output;                ///< A file that is there, to which its output is appended; empty: nowhere.
  std::string folder;                ///< Working directory; empty: ours.
};

/// What is launched into a system under way may be killed before it is ready: then once more, within bounds.
inline constexpr int kStartTries = 5;
inline constexpr std::chrono::milliseconds kStartAgain{20};
/// No further try after that. One of them may be stopped a while before it is killed.
inline constexpr std::uint64_t kStartMax_ns = 10'000'000'000;

/// Empty when it is ready, else a sentence.
std::string launch(const LaunchSpec& spec);

/// In the launched process: ready, or the sentence why not. Only the first call counts.
void report_ready(const std::string& sentence = {});

/// In a child of the launched process: it is not this one that reports.
void forget_ready();

/// Path of buskin-admin. Throws std::runtime_error that names where it was looked for.
std::string find_admin();

}  // namespace buskin::runtime
