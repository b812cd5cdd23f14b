// SequentialExecutor: runs the cells of base Sequential on the threads that wait for them.
//
// There is no thread of its own: a client that waits for an answer runs a round in the meantime. With equal seeds,
// cells run in equal order.
#pragma once

#include <cstdint>
#include <random>

#include "api/runtime/schedule/executor.hpp"

namespace buskin::runtime {

class SequentialExecutor final : public Executor {
 public:
  /// `seed` 0: cells run in the order of their bits. Any other seed chooses one of the other orders.
  SequentialExecutor(Node& node, shm::Thread& bell, std::uint64_t seed);

  /// Runs one step of every cell that has work. False when no cell had any. Requires that the thread is in no turn.
  bool run_round();

 private:
  bool run_one(Cell& cell);
  bool run_one_that_waits();

  std::uint64_t seed_;
  std::mt19937_64 order_;
};

}  // namespace buskin::runtime
