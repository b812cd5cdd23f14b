// ProcessWatch: reports to an admin or a fork server what is not a message: deaths, and requests to end.
//
// A thread of its own sleeps on pidfds, because a thread that sleeps on its futex word cannot. What
// happens becomes an event in memory of this process, so that no death is missed because message
// memory is full.
//
// Threads: one, except for `wake`, which the watching thread calls.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "api/runtime/launch/event_fd.hpp"
#include "shm/base/ids.hpp"

namespace buskin::runtime {

struct Event {
  enum class Kind : std::uint8_t { MemberGone, OwnerGone, AskedToEnd, NameGone };
  Kind kind{};
  shm::MemberId member{};
};

class ProcessWatch {
 public:
  /// Taken: from now on SIGTERM and SIGINT are events of this watch.
  enum class Signals : std::uint8_t { Left, Taken };

  /// `wake` is called from the watching thread after each event. Throws std::runtime_error with a sentence that names
  /// the limit when this process can have no more descriptors or threads.
  ProcessWatch(Signals signals, std::function<void()> wake);
  ~ProcessWatch();
  ProcessWatch(const ProcessWatch&) = delete;
  ProcessWatch& operator=(const ProcessWatch&) = delete;

  /// MemberGone once, when process `pid` is dead; at once if it is dead already. False: it is not watched, because
  /// this process has no descriptor left; the caller looks at it from time to time.
  bool add_member(shm::MemberId member, std::int32_t pid);
  /// OwnerGone when process `pid` is dead. Throws std::runtime_error when it cannot be watched.
  void add_owner(std::int32_t pid);

  /// NameGone when the file `path` gets another name, or none. Once.
  void add_name(const std::string& path);

  /// Until resume() no thread watches, so that this process may be forked: a child gets the locks of other
  /// threads as they are, and not the threads that would open them. It reports later what happens meanwhile.
  void pause();
  /// False: the system has no task for the thread. Then take() looks, and the caller calls this again.
  bool resume();
  bool is_paused() const { return !thread_.joinable(); }

  /// What has happened since the last call.
  std::vector<Event> take();
  bool any() const;

 private:
  bool add_fd(int fd, std::uint64_t word, std::uint32_t events);
  bool add_pidfd(std::int32_t pid, std::uint64_t word);
  bool look(int timeout_ms);
  void run();
  void report(const Event& event);
  void report_dead(std::uint64_t word);

  std::function<void()> wake_;
  Descriptor epoll_;
  EventFd end_;  ///< Ends the thread.
  Descriptor signals_{-1};
  Descriptor names_{-1};  // Read by the thread only after it is in epoll_.
  mutable std::mutex mutex_;  // Guards events_.
  std::vector<Event> events_;
  std::thread thread_;
};

}  // namespace buskin::runtime
