// SequentialExecutor: one step of each ready cell, in an order that the seed chooses.
#include "api/runtime/schedule/sequential_executor.hpp"

#include <algorithm>

#include "api/runtime/client/client.hpp"
#include "api/runtime/node/node.hpp"

namespace buskin::runtime {

SequentialExecutor::SequentialExecutor(Node& node, shm::Thread& bell, std::uint64_t seed)
    : Executor(node, bell), seed_(seed), order_(seed) {}

bool SequentialExecutor::run_one(Cell& cell) {
  const Cell::Next next = cell.slice(node_.thread(), 1);
  if (next.what == Cell::Next::What::Gone) {
    retire(cell);
    delete &cell;
    node_.count_gone();
  } else {
    (void)release(cell, next);
  }
  return next.has_worked;
}

/// No cell can run. Then time passes for one that waits for room in a mailbox.
bool SequentialExecutor::run_one_that_waits() {
  Cell* waiting = nullptr;
  table_.for_each([&](Cell& cell) {
    if (waiting == nullptr && cell.expire_waits()) waiting = &cell;
  });
  return waiting != nullptr && waiting->claim().take() && run_one(*waiting);
}

bool SequentialExecutor::run_round() {
  BUSKIN_CHECK(!in_turn());
  std::vector<std::uint32_t> bits;
  take_ready(bits);
  if (seed_ != 0) std::shuffle(bits.begin(), bits.end(), order_);
  bool any = false;
  in_turn() = true;
  for (const std::uint32_t bit : bits) {
    Cell* const cell = table_.at(bit);
    if (cell != nullptr && cell->claim().take()) any = run_one(*cell) || any;
  }
  if (!any && !ready_.any()) any = run_one_that_waits();
  in_turn() = false;
  return any || ready_.any();
}

}  // namespace buskin::runtime
