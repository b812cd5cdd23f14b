// Executor: runs many cells. It holds what both kinds of executor need: the cells, the ready map, the timers.
#pragma once

#include <memory>

#include "api/runtime/cell/cell.hpp"
#include "api/runtime/schedule/cell_table.hpp"
#include "api/runtime/schedule/timer_queue.hpp"
#include "shm/mailbox/ready_set.hpp"
#include "shm/mailbox/wake.hpp"

namespace buskin::runtime {

class Executor {
 public:
  /// `bell`: the thread record whose `ev` word a sender rings after it has set a cell's bit. Its process has a ready
  /// map.
  Executor(Node& node, shm::Thread& bell);
  virtual ~Executor() = default;

  /// Takes the cell over and runs it until it is gone.
  Status add(std::unique_ptr<Cell> cell);
  /// Appends the actors of all cells.
  virtual void collect(std::vector<shm::ActorId>& ids);

 protected:
  /// Appends the bits of cells that may have work.
  void take_ready(std::vector<std::uint32_t>& bits);
  /// At look_at_ns(): sets the bits of cells that have mail and no bit. A sender that was stopped between its push
  /// and its kick leaves such a cell. Looks at no more than kLookedMax cells.
  void look_behind_bits(std::uint64_t now_ns);
  std::uint64_t look_at_ns() const { return look_at_ns_; }
  /// Gives a cell that was claimed back after a slice. True: it is ready again at once.
  bool release(Cell& cell, const Cell::Next& next);
  /// Removes a cell that is gone: no thread finds it by its bit any more.
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

}  // namespace buskin::runtime
