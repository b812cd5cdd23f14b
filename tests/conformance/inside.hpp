// Inside: what a test sees of a system's segment, on every base.
#pragma once

#include <chrono>
#include <string>
#include <thread>

#include "api/runtime/host/host.hpp"
#include "api/runtime/client/client.hpp"
#include "buskin/buskin.hpp"
#include "shm/check/check.hpp"
#include "shm/segment/counters.hpp"
#include "shm/check/fates.hpp"
#include "shm/recovery/member.hpp"

namespace conformance {

namespace shm = buskin::shm;

inline shm::Segment& segment_of(buskin::ActorSystem& system) {
  return dynamic_cast<buskin::runtime::Client&>(buskin::detail::impl_of(system).client()).node().segment();
}

inline std::uint64_t counted(buskin::ActorSystem& system, shm::Counter counter) {
  return shm::total_counters(segment_of(system))[static_cast<std::size_t>(counter)];
}

/// A message is counted after it is done with, so a receiver may see it before the count: waits for `least`.
inline std::uint64_t counted(buskin::ActorSystem& system, shm::Counter counter, std::uint64_t least) {
  const auto watchdog = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (counted(system, counter) < least && std::chrono::steady_clock::now() < watchdog) std::this_thread::yield();
  return counted(system, counter);
}

/// What a check of the segment finds, a line each.
inline std::string findings(buskin::ActorSystem& system) {
  std::string text;
  for (const std::string& finding : shm::check_segment(segment_of(system)).findings) text += finding + "\n";
  return text;
}

}  // namespace conformance
