// SharedExecutor: many cells on few threads: one process, or base Threads.
//
// Two threads share one role. The leader sleeps on the bell, takes the ready map
// and runs what is ready; when there is much, or it takes long, it calls helpers
// from a TBB arena. The other one watches: a leader that does not come back from
// a handler is leader no more, the watcher is. So nobody waits behind a long handler
// while a thread is free. An idle executor sleeps, with all its threads.
//
// Every slice that a helper runs is isolated: no second cell starts inside a turn.
#pragma once

#include <tbb/task_arena.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "api/runtime/schedule/executor.hpp"

namespace buskin::runtime {

class SharedExecutor final : public Executor {
 public:
  SharedExecutor(Node& node, shm::Thread& bell);
  /// Requires that no cell is left.
  ~SharedExecutor() override;
  void collect(std::vector<shm::ActorId>& ids) override;

 private:
  void lead(std::uint64_t term);
  void watch(std::uint64_t term);
  bool take_over(std::uint64_t seen, std::uint64_t mark);
  void work(std::uint64_t term);
  void sleep();
  std::size_t queue_ready();
  void run_queue(std::uint64_t term);
  void be_watched();
  Cell* next_cell(bool is_helper);
  void run_slice(Cell& cell);
  void call_helpers();
  void help();
  void delete_gone();
  void ring() override;
  bool is_over() const;

  tbb::task_arena arena_;
  std::uint32_t helpers_max_;
  SpinBudget spin_;
  std::vector<std::uint32_t> bits_;        // The leader's.
  shm::Atomic<std::uint64_t> term_{0};     // Twice the number of the leader's term; odd: it runs cells.
  shm::Atomic<std::uint64_t> slices_[2]{};  // Of each thread, begun and ended: odd while it runs one.
  shm::Atomic<std::uint64_t> busy_until_ns_{0};   // Until then the watcher looks every while.
  shm::Atomic<std::uint64_t> heavy_until_ns_{0};  // Until then helpers are called for little.
  shm::Atomic<std::uint32_t> is_watching_{0};
  shm::Atomic<std::uint32_t> ending_{0};
  shm::Atomic<std::uint32_t> asleep_{0};   // The leader sleeps, or is about to.

  std::mutex mutex_;  // Guards what follows.
  std::condition_variable changed_;
  std::deque<Cell*> queue_;  // Claimed, waiting for a thread.
  std::vector<Cell*> gone_;  // Deleted by the leader, which alone may still look at them.
  std::uint32_t helpers_ = 0;

  std::thread threads_[2];  // The one with number n leads in terms of n's parity.
};

}  // namespace buskin::runtime
