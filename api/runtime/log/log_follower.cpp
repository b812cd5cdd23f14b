// LogFollower: a reader for each ring.
#include "api/runtime/log/log_follower.hpp"

#include <chrono>

#include "api/runtime/launch/start_thread.hpp"
#include "shm/log/log_bell.hpp"

namespace buskin::runtime {

namespace {

/// How long lines may gather after some were shown: one wake-up for many lines.
constexpr std::chrono::milliseconds kGather{1};

}  // namespace

LogFollower::LogFollower(shm::Segment& segment, shm::ProcessIndex own, Begin begin, Show show)
    : segment_(segment), own_(own), begin_(begin), show_(std::move(show)) {
  BUSKIN_CHECK(own_ != shm::ProcessIndex::None && show_ != nullptr);
  for (std::size_t i = 1; begin_ == Begin::Now && segment_.is_backed(shm::Table::Processes, i); ++i) {
    const auto process = static_cast<shm::ProcessIndex>(i);
    if (shm::has_log(segment_, process)) add_reader(i, shm::log_tail(segment_, process));
  }
  thread_ = start_thread<std::jthread>([this](const std::stop_token& stop) { run(stop); });
}

LogFollower::~LogFollower() {
  thread_.request_stop();
  shm::ring_log_bell(segment_, own_);
  thread_.join();
}

void LogFollower::run(const std::stop_token& stop) {
  // Ends: with this object.
  while (!stop.stop_requested()) {
    if (show_all()) {
      std::this_thread::sleep_for(kGather);
    } else {
      shm::sleep_on_log_bell(segment_, own_, [&] { return has_any() || stop.stop_requested(); });
    }
  }
  (void)show_all();
}

shm::LogReader& LogFollower::add_reader(std::size_t process, std::uint64_t position) {
  if (readers_.size() <= process) readers_.resize(process + 1);
  BUSKIN_CHECK(!readers_[process].has_value());  // Another one would show its lines again.
  return readers_[process].emplace(static_cast<shm::ProcessIndex>(process), position);
}

bool LogFollower::show_all() {
  bool has_shown = false;
  for (std::size_t i = 1; segment_.is_backed(shm::Table::Processes, i); ++i) {
    if (show_ring(i)) has_shown = true;
  }
  return has_shown;
}

/// Shows what is in the ring now; a process that never stops writing must not hold up the others.
bool LogFollower::show_ring(std::size_t process) {
  const auto index = static_cast<shm::ProcessIndex>(process);
  if (!shm::has_log(segment_, index)) return false;
  const bool is_known = process < readers_.size() && readers_[process].has_value();
  shm::LogReader& reader = is_known ? *readers_[process] : add_reader(process, first_position(index));
  const std::uint64_t end = shm::log_tail(segment_, index);
  shm::LogLine line;
  bool has_shown = false;
  // Ends: each turn reads a line, and `end` stays; a position behind it, in a damaged ring, goes back to it at once.
  while (reader.position() != end && reader.next(segment_, line)) {
    show_(line);
    has_shown = true;
    if (begin_ == Begin::NotTaken) shm::set_log_taken(segment_, index, reader.position());
    if (reader.position() > end) break;
  }
  return has_shown;
}

std::uint64_t LogFollower::first_position(shm::ProcessIndex process) const {
  return begin_ == Begin::NotTaken ? shm::log_taken(segment_, process) : 0;
}

/// Called after the bell was set.
bool LogFollower::has_any() const {
  for (std::size_t i = 1; segment_.is_backed(shm::Table::Processes, i); ++i) {
    const bool is_known = i < readers_.size() && readers_[i].has_value();
    if (is_known ? readers_[i]->has_any(segment_) : shm::has_log(segment_, static_cast<shm::ProcessIndex>(i))) {
      return true;
    }
  }
  return false;
}

}  // namespace buskin::runtime
