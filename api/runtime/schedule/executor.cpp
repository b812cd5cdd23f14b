// executor: who runs a cell, and when it is looked at again.
//
//   Free --claim--> Taken --release--> Free
//                     |  a bit came meanwhile
//                     +--> TakenAndWanted --release--> Free, and its bit is set again
#include "api/runtime/schedule/executor.hpp"

#include <algorithm>

#include "api/runtime/client/client.hpp"
#include "api/runtime/node/node.hpp"
#include "shm/base/clock.hpp"

namespace buskin::runtime {

namespace {

constexpr auto kFree = static_cast<std::uint32_t>(Cell::Claim::Free);
constexpr auto kTaken = static_cast<std::uint32_t>(Cell::Claim::Taken);
constexpr auto kWanted = static_cast<std::uint32_t>(Cell::Claim::TakenAndWanted);

}  // namespace

Executor::Executor(Node& node, shm::Thread& bell)
    : node_(node), bell_(bell), ready_(node.segment(), bell.process()),
      table_(node.segment().superblock().counts.ready_bits), look_at_ns_(shm::now_ns() + shm::kSleepMax_ns) {}

Status Executor::add(std::unique_ptr<Cell> cell) {
  shm::Segment& segment = node_.segment();
  std::uint32_t bit = 0;
  if (!table_.take_bit(bit)) return Error(Code::NoMemory, "this process hosts as many actors as it can");
  if (!shm::ReadySet::back_map(segment, bell_.process(), bit).ok()) return Code::NoMemory;
  cell->bit = bit;
  cell->set_wake_target({bell_.process(), bell_.index(), bit});
  table_.put(bit, *cell.release());
  ready_.set(bit);
  ring();
  return {};
}

void Executor::take_ready(std::vector<std::uint32_t>& bits) {
  if (ready_.any()) ready_.take(bits);
  if (timers_.next_ns() != TimerQueue::kNever_ns) timers_.take(shm::now_ns(), bits);
}

void Executor::look_behind_bits(std::uint64_t now_ns) {
  if (now_ns < look_at_ns_) return;
  look_at_ns_ = now_ns + shm::kSleepMax_ns;
  const shm::Segment& segment = node_.segment();
  table_.visit_next(looked_, kLookedMax, [&](Cell& cell) {
    for (const shm::Lane lane : {shm::Lane::Control, shm::Lane::Replies, shm::Lane::Messages}) {
      if (shm::pending_count(segment, cell.id().index, lane) == 0) continue;
      ready_.set(cell.bit);
      return;
    }
  });
}

bool Executor::claim(Cell& cell) {
  // Ends: a failed exchange is the present runner's release.
  for (;;) {
    // sync(cell_claim): acq_rel. What the last slice did to the cell, on whatever thread.
    if (cell.claim.cas_acq_rel(kFree, kTaken)) return true;
    // sync(cell_claim): acq_rel. The runner looks once more.
    if (cell.claim.cas_acq_rel(kTaken, kWanted)) return false;
    if (cell.claim.load_relaxed() == kWanted) return false;  // relaxed: somebody else said so already.
  }
}

bool Executor::release(Cell& cell, const Cell::Next& next) {
  const std::uint32_t bit = cell.bit;
  if (next.what == Cell::Next::What::Sleep && next.at_ns != TimerQueue::kNever_ns) {
    if (timers_.add(next.at_ns, bit)) ring();
  }
  // sync(cell_claim): acq_rel. The slice is over; whoever claims the cell next sees what it did.
  const bool is_unwanted = cell.claim.cas_acq_rel(kTaken, kFree);
  // sync(cell_claim): acq_rel. As above; a bit came while the slice ran.
  if (!is_unwanted) (void)cell.claim.cas_acq_rel(kWanted, kFree);
  if (is_unwanted && next.what == Cell::Next::What::Sleep) return false;
  ready_.set(bit);
  ring();
  return true;
}

void Executor::collect(std::vector<shm::ActorId>& ids) {
  table_.for_each([&](Cell& cell) { ids.push_back(cell.id()); });
}

void Executor::retire(Cell& cell) { table_.remove(cell.bit); }

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

bool SequentialExecutor::run_round() {
  std::vector<std::uint32_t> bits;
  take_ready(bits);
  if (seed_ != 0) std::shuffle(bits.begin(), bits.end(), order_);
  bool any = false;
  in_turn() = true;
  for (const std::uint32_t bit : bits) {
    Cell* const cell = table_.at(bit);
    if (cell != nullptr && claim(*cell)) any = run_one(*cell) || any;
  }
  // Nobody can run: so time passes for one who waits for room.
  if (!any && !ready_.any()) {
    Cell* waiting = nullptr;
    table_.for_each([&](Cell& cell) {
      if (waiting == nullptr && cell.expire_waits()) waiting = &cell;
    });
    if (waiting != nullptr && claim(*waiting)) any = run_one(*waiting);
  }
  in_turn() = false;
  return any || ready_.any();
}

}  // namespace buskin::runtime
