// Cell: timers.
//
// In a turn of an exactly-once actor a timer is a block of the segment: set and
// cancelled with the turn, kept over restarts, fired once (timed.hpp). Elsewhere
// it is a note here, and ends with the instance. Either way what fires is a
// message of the actor to itself, behind those that wait.
#include <algorithm>
#include <cstring>
#include <limits>

#include "api/runtime/cell/cell.hpp"
#include "api/runtime/node/node.hpp"
#include "buskin/timer.hpp"
#include "shm/base/clock.hpp"

namespace buskin::runtime {

namespace {

constexpr std::uint64_t kNever_ns = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kNoMemoryPause_ns = 10'000'000;  // A timer that needs memory to fire looks again then.

std::uint64_t positive(Duration time) { return time.count() > 0 ? static_cast<std::uint64_t>(time.count()) : 0; }

/// When a timer that is due at `due_ns` fires after now: what was missed is not made up for.
std::uint64_t next_after(const shm::TimerSpec& spec, std::uint64_t now_ns) {
  const std::uint64_t missed = (now_ns - spec.due_ns) / spec.period_ns;
  return spec.due_ns + (missed + 1) * spec.period_ns;
}

}  // namespace

std::uint64_t Cell::set_timer(const detail::MessageInfo& info, std::span<const std::byte> bytes,
                              const detail::Schedule& schedule) {
  auto& timers = rare().timers;
  if (timers.size() >= kTimersMax) {
    log(Level::Warning, "too_many_timers", {});
    return 0;
  }
  const std::uint64_t due_ns = shm::now_ns() + positive(schedule.delay);
  Timer timer{{next_request_++, due_ns, positive(schedule.period)}, {}, &info, {}, {}};
  if (active_->is_exact) {
    timer.block = stage_timer(info, bytes, timer.spec);
  } else {
    timer.bytes.assign(bytes.begin(), bytes.end());
  }
  rare().timers_due_ns = timers.empty() ? due_ns : std::min(rare().timers_due_ns, due_ns);
  timers.push_back(std::move(timer));
  return timers.back().spec.id;
}

/// The message lies ready from now on; it becomes a timer when the turn commits.
shm::Handle Cell::stage_timer(const detail::MessageInfo& info, std::span<const std::byte> bytes,
                              const shm::TimerSpec& spec) {
  std::span<std::byte> place;
  const auto block = shm::open_timer(*thread_, spec, types().index_of(info), id_, bytes.size(), place);
  if (!block.ok()) detail::unwrap_failed(Error(Code::NoMemory, "there is no memory for a timer"));
  if (!bytes.empty()) std::memcpy(place.data(), bytes.data(), bytes.size());
  active_->staged.push_back(shm::timer_set(id_, block.value()));
  return block.value();
}

void Cell::cancel_timer(std::uint64_t id) {
  if (rare_ == nullptr) return;
  auto& timers = rare_->timers;
  const auto timer = std::find_if(timers.begin(), timers.end(), [&](const Timer& one) { return one.spec.id == id; });
  if (timer == timers.end() || timer->cancelled != Timer::Cancelled::No) return;
  if (!active_->is_exact) {
    if (timer->block != shm::Handle::None) shm::cancel_timer(*thread_, id_, timer->block);
    timers.erase(timer);
    return;
  }
  // Also one that this turn has set: then its journal sets it and cancels it.
  if (timer->block != shm::Handle::None) active_->staged.push_back(shm::timer_cancelled(id_, timer->block));
  timer->cancelled = Timer::Cancelled::InTurn;
}

/// True when one was due.
bool Cell::fire_timer() {
  Rare& rare = *rare_;
  const std::uint64_t now = shm::now_ns();
  if (now < rare.timers_due_ns) return false;
  (void)commit_group();  // It may have set the timer, or cancelled it.
  if (rare.timers.empty()) return false;
  const auto first = std::min_element(rare.timers.begin(), rare.timers.end(), [](const Timer& a, const Timer& b) {
    return a.spec.due_ns < b.spec.due_ns;
  });
  rare.timers_due_ns = first->spec.due_ns;
  if (now < first->spec.due_ns) return false;
  const std::uint64_t next = first->spec.period_ns == 0 ? kNever_ns : next_after(first->spec, now);
  if (first->block != shm::Handle::None) {
    if (!fire_kept(*first, next)) return false;
  } else {
    (void)send_message({{id_, shm::Lane::Messages, shm::Admission::Exempt}, 0}, *first->info, first->bytes);
    first->spec.due_ns = next;
  }
  if (next == kNever_ns) rare.timers.erase(first);
  return true;
}

/// One stroke: the message leaves, and the next one is set. False: there is no memory for that.
bool Cell::fire_kept(Timer& timer, std::uint64_t next_due_ns) {
  shm::Handle next{};
  if (next_due_ns != kNever_ns) {
    const auto copy = shm::copy_timer(*thread_, id_, timer.block, {timer.spec.id, next_due_ns, timer.spec.period_ns});
    if (!copy.ok()) {
      timer.spec.due_ns = rare_->timers_due_ns = shm::now_ns() + kNoMemoryPause_ns;
      return false;
    }
    next = copy.value();
  }
  shm::fire_timer(*thread_, id_, timer.block, next);
  timer.block = next;
  timer.spec.due_ns = next_due_ns;
  return true;
}

/// The attempt failed: what it set is dropped with what it sent, what it cancelled goes on.
void Cell::undo_timers() {
  std::erase_if(rare_->timers, [&](const Timer& timer) { return timer.spec.id >= active_->first_request; });
  for (Timer& timer : rare_->timers) {
    const bool stands = timer.cancelled == Timer::Cancelled::InGroup && is_gathering();
    if (!stands) timer.cancelled = Timer::Cancelled::No;
  }
}

/// The instance ends.
void Cell::drop_own_timers() {
  std::erase_if(rare_->timers, [](const Timer& timer) { return timer.block == shm::Handle::None; });
}

/// Those that a former instance had set in its turns.
void Cell::adopt_timers() {
  shm::for_each_timer(node_->segment(), id_, [&](shm::Handle block, const shm::TimerSpec& spec) {
    Rare& rare = this->rare();
    rare.timers_due_ns = rare.timers.empty() ? spec.due_ns : std::min(rare.timers_due_ns, spec.due_ns);
    rare.timers.push_back({spec, block, nullptr, {}, {}});
  });
}

}  // namespace buskin::runtime
