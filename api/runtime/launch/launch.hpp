// launch: starts a process that is independent of this one, and waits until it is ready.
//
// The new process has a session of its own, none of our descriptors, and is not our child; so a shell that waits for
// our output does not wait for it. It reports through a pipe that it is ready, or why not.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace buskin::runtime {

/// The descriptor on which a launched process reports that it is ready.
inline constexpr int kReadyFd = 3;

struct LaunchSpec {
  std::string executable;
  std::vector<std::string> command;  ///< The arguments, beginning with the program's name.
  std::string output;                ///< An existing file to which its output is appended; empty: output is dropped.
  std::string folder;                ///< Working directory; empty: that of this process.
};

/// A process that is launched into a running system may be killed before it is ready. Then it is launched again, at
/// most this often, after a pause.
inline constexpr int kStartTries = 5;
inline constexpr std::chrono::milliseconds kStartAgain{20};
/// No launch begins later than this after the first one, because a process may be stopped for a while before it is
/// killed.
inline constexpr std::uint64_t kStartMax_ns = 10'000'000'000;

/// Returns an empty text when the process is ready, and a sentence otherwise.
std::string launch(const LaunchSpec& spec);

/// Called in the launched process: it is ready, or `sentence` says why not. Only the first call has an effect.
void report_ready(const std::string& sentence = {});

/// Called in a child of the launched process, which does not report in its place.
void forget_ready();

}  // namespace buskin::runtime
