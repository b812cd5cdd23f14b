// SharedExecutor: runs many cells on few threads: those of a shared process, or of base Threads.
//
// Two threads share one role. The leader sleeps on the bell, takes the ready map and runs what is ready; when there
// is much to run, or it takes long, the leader calls helpers from a TBB arena. The other thread watches: when the
// leader does not come back from a handler, the watcher becomes the leader. So no cell waits behind a long handler
// while a thread is free. In an idle executor all threads sleep.
//
// A helper runs every slice isolated: no second cell starts inside a turn. Where the system has no tasks for helpers,
// the cells run on fewer threads. See docs/decisions/0017-refused-by-the-kernel.md.
#pragma once

#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "api/runtime/schedule/executor.hpp"

namespace buskin::runtime {

class SharedExecutor final : public Executor {
 public:
  /// Throws std::runtime_error with a sentence when the system has no tasks for its two threads.
  SharedExecutor(Node& node, shm::Thread& bell);
  /// Requires that all cells are gone.
  ~SharedExecutor() override;
  void collect(std::vector<shm::ActorId>& ids) override;

 private:
  void lead(std::uint64_t term);
  void watch(std::uint64_t term);
  bool take_over(std::uint64_t seen, std::uint64_t mark);
  void work(std::uint64_t thread);
  void sleep();
  std::size_t queue_ready();
  void run_queue(std::uint64_t term);
  void be_watched();
  Cell* next_cell(bool is_helper);
  void run_slice(Cell& cell);
  void call_helpers();
  bool has_arena();
  void help();
  void end_threads();
  void delete_gone();
  void ring() override;
  bool is_over() const;

  SpinBudget spin_;
  std::vector<std::uint32_t> bits_;         // Used by the leader.
  shm::Atomic<std::uint64_t> term_{0};      // Twice the number of the leader's term; odd: the leader runs cells.
  shm::Atomic<std::uint64_t> slices_[2]{};  // Slices that each thread has begun and ended; odd while it runs one.
  shm::Atomic<std::uint64_t> busy_until_ns_{0};   // The watcher looks every millisecond until then.
  shm::Atomic<std::uint64_t> heavy_until_ns_{0};  // The leader calls helpers even for few cells until then.
  shm::Atomic<std::uint32_t> is_watching_{0};
  shm::Atomic<std::uint32_t> ending_{0};
  shm::Atomic<std::uint32_t> asleep_{0};  // The leader sleeps, or is about to.

  std::mutex mutex_;  // Guards what follows.
  std::condition_variable changed_;
  std::deque<Cell*> queue_;  // Claimed, waiting for a thread.
  std::vector<Cell*> gone_;  // Deleted by the leader, the only thread that may still look at them.
  std::uint32_t helpers_ = 0;
  std::uint32_t helpers_max_ = 0;     // Threads that the arena may have.
  std::uint64_t arena_again_ns_ = 0;  // When all its threads were refused: the time of the next try.
  std::optional<tbb::global_control> threads_of_arena_;
  std::optional<tbb::task_arena> arena_;  // From the first call of helpers on.

  std::thread threads_[2];  // Thread n leads in the terms of n's parity.
};

}  // namespace buskin::runtime
