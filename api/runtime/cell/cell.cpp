// Cell: slices of its life, and what its thread does when there is nothing to do.
#include "api/runtime/cell/cell.hpp"

#include "shm/base/clock.hpp"

namespace buskin::runtime {

namespace {

/// The longest that a cell keeps a shared thread, but for a handler that takes longer itself.
constexpr std::uint64_t kSlice_ns = 500'000;
constexpr std::uint32_t kStepsPerClock = 4;

using Stage = ActorRunner::Stage;

static_assert(sizeof(Cell) <= 120, "a million light actors must fit");

}  // namespace

void Cell::enter(shm::Thread& thread) {
  ActorEndpoint& endpoint = runner_.endpoint();
  endpoint.set_thread(thread);
  thread.set_actor(endpoint.id());
  if (runner_.stage() == Stage::NotStarted) return;
  if (!endpoint.is_active()) endpoint.begin_active();
  endpoint.active().pace.look_next();
  shm::unpark(endpoint.segment(), endpoint.id().index);
}

Cell::Next Cell::slice(shm::Thread& thread, std::uint32_t steps_max) {
  enter(thread);
  bool has_worked = false;
  const std::uint64_t end = steps_max == 1 ? 0 : shm::now_ns() + kSlice_ns;
  // Ends: after steps_max steps.
  for (std::uint32_t left = steps_max; left > 0; --left) {
    if (!runner_.step()) return rest(has_worked);
    has_worked = true;
    if (runner_.stage() == Stage::Gone) break;
    if (left % kStepsPerClock == 0 && shm::now_ns() >= end) break;
  }
  thread.set_actor({});
  if (runner_.stage() == Stage::Gone) return {Next::What::Gone, true, 0};
  return {Next::What::Again, true, 0};
}

/// Lets senders wake us. What came meanwhile is work for the next slice, unless we cannot take it yet.
Cell::Next Cell::rest(bool has_worked) {
  ActorEndpoint& endpoint = runner_.endpoint();
  shm::Segment& segment = endpoint.segment();
  const shm::ActorIndex index = endpoint.id().index;
  const bool is_dead = runner_.stage() == Stage::AwaitsRestart;
  const bool is_stuck = !runner_.can_take();
  std::uint64_t seen[shm::kLaneCount];
  for (shm::LaneReader& reader : endpoint.active().lanes) {
    const shm::Lane lane = reader.lane();
    const bool is_deaf = is_dead || (is_stuck && lane != shm::Lane::Control);
    seen[static_cast<std::size_t>(lane)] = reader.done() + (is_deaf ? shm::pending_count(segment, index, lane) : 0);
  }
  endpoint.thread().set_actor({});
  if (shm::park(segment, index, seen)) return {Next::What::Again, has_worked, 0};
  const Next next{Next::What::Sleep, has_worked, runner_.due_ns()};
  if (!is_stuck && !endpoint.waits_in_place()) endpoint.end_active();
  return next;
}

void Cell::run(shm::Thread& thread, Idle how) {
  runner_.endpoint().wait_in_place();
  SpinBudget spin;
  enter(thread);
  // Ends: with the actor.
  while (runner_.stage() != Stage::Gone) {
    if (!runner_.step()) idle(how, spin);
  }
  thread.set_actor({});
}

void Cell::idle(Idle how, SpinBudget& spin) {
  ActorEndpoint& endpoint = runner_.endpoint();
  const bool can_take = runner_.can_take();
  const auto has_work = [&] {
    return endpoint.active().has_mail() || runner_.has_orders();
  };
  if (can_take && how != Idle::Sleep) {
    // Ends: with the budget. For Idle::Spin, as was asked for, with mail or when something is due.
    do {
      if (spin.look(has_work)) return;
    } while (how == Idle::Spin && shm::now_ns() < runner_.due_ns());
  }
  const Next next = rest(false);
  if (next.what == Next::What::Sleep) {
    // A push after park() wakes us through the record; one before it was seen there.
    shm::sleep_until(endpoint.thread(), next.at_ns, [&] {
      if (runner_.stage() == Stage::AwaitsRestart) return true;
      if (can_take) return !has_work();
      return shm::pending_count(endpoint.segment(), endpoint.id().index, shm::Lane::Control) == 0;
    });
    spin.slept();
  }
  enter(endpoint.thread());
}

}  // namespace buskin::runtime
