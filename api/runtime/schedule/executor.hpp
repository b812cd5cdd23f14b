// Executor: runs many cells. What both kinds have in common: the table, the ready map, the timers.
#pragma once

#include <memory>
#include <random>

#include "api/runtime/cell/cell.hpp"
#include "api/runtime/schedule/cell_table.hpp"
#include "api/runtime/schedule/timer_queue.hpp"
#include "shm/mailbox/wake.hpp"

namespace buskin::runtime {

class Executor {
 public:
  /// `bell`: whose `ev` a sender rings after it has set a cell's bit.
  Executor(Node& node, shm::Thread& bell);
  virtual ~Executor() = default;

  /// Takes the cell over and runs it until it is gone.
  Status add(std::unique_ptr<Cell> cell);
  /// Appends the actors that it has.
  virtual void collect(std::vector<shm::ActorId>& ids);

 protected:
  /// Appends the bits of cells that may have work.
  void take_ready(std::vector<std::uint32_t>& bits);
  /// Every ten seconds: sets the bits of cells that have mail without one. A sender that was stopped
  /// between its push and its kick leaves such. At most kLookedMax at a time.
  void look_behind_bits(std::uint64_t now_ns);
  /// The caller may run the cell now. When not, whoever runs it runs it once more.
  static bool claim(Cell& cell);
  /// After a slice: gives the cell back. True: it is ready again at once.
  bool release(Cell& cell, const Cell::Next& next);
  /// It is gone: nobody finds it any more.
  void retire(Cell& cell);
  virtual void ring() {}

  Node& node_;
  shm::Thread& bell_;
  shm::ReadySet ready_;
  CellTable table_;
  TimerQueue timers_;

 private:
  static constexpr std::uint32_t kLookedMax = 65'536;

  std::uint64_t look_at_ns_;
  std::uint32_t looked_ = 0;  // The bit to go on with.
};

/// Base Sequential: cells run on the thread of whoever waits. Equal seeds run in equal order.
class SequentialExecutor final : public Executor {
 public:
  SequentialExecutor(Node& node, shm::Thread& bell, std::uint64_t seed);

  /// One step of every cell that has work. False when none had any.
  bool run_round();

 private:
  bool run_one(Cell& cell);
  std::uint64_t seed_;
  std::mt19937_64 order_;
};

}  // namespace buskin::runtime
