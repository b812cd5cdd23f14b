// Executor: which thread runs a cell, and when the cell is looked at again.
//
// A cell whose bit is taken from the map while a thread runs it gets its bit back after the slice.
#include "api/runtime/schedule/executor.hpp"

#include "api/runtime/node/node.hpp"
#include "shm/actor/slot_order.hpp"
#include "shm/base/clock.hpp"

namespace buskin::runtime {

Executor::Executor(Node& node, shm::Thread& bell)
    : node_(node), bell_(bell), ready_(node.segment(), bell.process()),
      table_(node.segment().superblock().counts.ready_bits), look_at_ns_(shm::now_ns() + node.options().look_ns) {
  BUSKIN_CHECK(shm::ReadySet::has_map(node.segment(), bell.process()));  // Its first look would be a SIGBUS.
}

Status Executor::add(std::unique_ptr<Cell> cell) {
  BUSKIN_CHECK(cell->claim().is_free());  // No other thread knows the cell.
  shm::Segment& segment = node_.segment();
  std::uint32_t bit = 0;
  if (!table_.take_bit(bit)) return Error(Code::NoMemory, "this process hosts as many actors as it can");
  if (!shm::ReadySet::back_map(segment, bell_.process(), bit).ok()) {
    table_.return_bit(bit);
    return Code::NoMemory;
  }
  cell->set_wake_target({bell_.process(), bell_.index(), bit});
  table_.put(bit, *cell.release());
  ready_.set(bit);
  ring();
  return {};
}

void Executor::take_ready(std::vector<std::uint32_t>& bits) {
  if (ready_.any()) ready_.take(bits);
  if (timers_.next_ns() != shm::kNever_ns) timers_.take(shm::now_ns(), bits);
}

void Executor::look_behind_bits(std::uint64_t now_ns) {
  if (now_ns < look_at_ns_) return;
  look_at_ns_ = now_ns + node_.options().look_ns;
  const shm::Segment& segment = node_.segment();
  table_.visit_next(looked_, kLookedMax, [&](Cell& cell) {
    if (shm::orders_of(segment, cell.id()) != 0) return ready_.set(cell.bit());
    for (const shm::Lane lane : {shm::Lane::Control, shm::Lane::Replies, shm::Lane::Messages}) {
      if (shm::pending_count(segment, cell.id().index, lane) == 0) continue;
      ready_.set(cell.bit());
      return;
    }
  });
}

bool Executor::release(Cell& cell, const Cell::Next& next) {
  const std::uint32_t bit = cell.bit();
  if (next.what == Cell::Next::What::Sleep && next.at_ns != shm::kNever_ns) {
    if (timers_.add(next.at_ns, bit)) ring();
  }
  const bool is_wanted = cell.claim().release();
  if (!is_wanted && next.what == Cell::Next::What::Sleep) return false;
  ready_.set(bit);
  ring();
  return true;
}

void Executor::collect(std::vector<shm::ActorId>& ids) {
  table_.for_each([&](Cell& cell) { ids.push_back(cell.id()); });
}

void Executor::retire(Cell& cell) { table_.remove(cell.bit()); }

}  // namespace buskin::runtime
