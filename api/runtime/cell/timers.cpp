// Timers: set and cancelled with a turn or at once, and fired between two turns.
#include "api/runtime/cell/timers.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "buskin/timer.hpp"
#include "shm/base/check.hpp"
#include "shm/base/clock.hpp"

namespace buskin::runtime {

namespace {

constexpr std::uint64_t kNoMemoryPause_ns = 10'000'000;  // A timer that found no memory to fire tries again then.

/// When a timer that fires at `now_ns` fires next. It does not make up for the times that it missed.
std::uint64_t next_after(const shm::TimerSpec& spec, std::uint64_t now_ns) {
  const std::uint64_t missed = (now_ns - spec.due_ns) / spec.period_ns;
  return spec.due_ns + (missed + 1) * spec.period_ns;
}

}  // namespace

bool Timers::is_full() const { return timers_.size() >= kTimersMax; }

void Timers::add(Timer timer) {
  due_ns_ = timers_.empty() ? timer.spec.due_ns : std::min(due_ns_, timer.spec.due_ns);
  timers_.push_back(std::move(timer));
}

void Timers::set(const shm::TimerSpec& spec, const detail::MessageInfo& info, std::span<const std::byte> bytes) {
  BUSKIN_CHECK(timers_.empty() || timers_.back().spec.id < spec.id);  // undo_turn() goes by it.
  add({.spec = spec, .info = &info, .bytes = {bytes.begin(), bytes.end()}});
}

shm::Result<shm::Staged, shm::MemoryError> Timers::set_with_turn(shm::Thread& thread, const shm::TimerSpec& spec,
                                                                 shm::TypeIndex type,
                                                                 std::span<const std::byte> bytes) {
  BUSKIN_CHECK(timers_.empty() || timers_.back().spec.id < spec.id);  // As in set().
  std::span<std::byte> place;
  const auto block = shm::open_timer(thread, spec, type, actor_, bytes.size(), place);
  if (!block.ok()) return shm::Failure{block.error()};
  if (!bytes.empty()) std::memcpy(place.data(), bytes.data(), bytes.size());
  add({.spec = spec, .block = block.value()});
  return shm::timer_set(actor_, block.value());
}

std::vector<Timers::Timer>::iterator Timers::find(std::uint64_t id) {
  return std::find_if(timers_.begin(), timers_.end(),
                      [&](const Timer& timer) { return timer.spec.id == id && timer.state == State::Set; });
}

void Timers::cancel(shm::Thread& thread, std::uint64_t id) {
  const auto timer = find(id);
  if (timer == timers_.end()) return;
  if (timer->block != shm::Handle::None) shm::cancel_timer(thread, actor_, timer->block);
  timers_.erase(timer);
}

/// A timer that this turn has set is cancelled like any other: the journal sets it and cancels it.
std::optional<shm::Staged> Timers::cancel_with_turn(std::uint64_t id) {
  const auto timer = find(id);
  if (timer == timers_.end()) return std::nullopt;
  timer->state = State::CancelledInTurn;
  if (timer->block == shm::Handle::None) return std::nullopt;
  return shm::timer_cancelled(actor_, timer->block);
}

bool Timers::fire(shm::Thread& thread, std::uint64_t now_ns, const Send& send) {
  if (timers_.empty()) return false;
  const auto first = std::min_element(timers_.begin(), timers_.end(), [](const Timer& a, const Timer& b) {
    return a.spec.due_ns < b.spec.due_ns;
  });
  due_ns_ = first->spec.due_ns;
  if (now_ns < due_ns_) return false;
  BUSKIN_CHECK(first->state == State::Set);
  const std::uint64_t next_ns = first->spec.period_ns == 0 ? shm::kNever_ns : next_after(first->spec, now_ns);
  if (first->block == shm::Handle::None) {
    if (!send(*first->info, first->bytes)) return try_again_soon(*first);
    first->spec.due_ns = next_ns;
  } else if (!fire_kept(thread, *first, next_ns)) {
    return false;
  }
  if (next_ns == shm::kNever_ns) timers_.erase(first);
  return true;
}

bool Timers::try_again_soon(Timer& timer) {
  due_ns_ = shm::now_ns() + kNoMemoryPause_ns;
  timer.spec.due_ns = due_ns_;
  return false;
}

/// In one stroke the message leaves and the next one is set. False: there is no memory for the next one.
bool Timers::fire_kept(shm::Thread& thread, Timer& timer, std::uint64_t next_due_ns) {
  shm::Handle next{};
  if (next_due_ns != shm::kNever_ns) {
    const auto copy = shm::copy_timer(thread, actor_, timer.block, {timer.spec.id, next_due_ns, timer.spec.period_ns});
    if (!copy.ok()) return try_again_soon(timer);
    next = copy.value();
  }
  shm::fire_timer(thread, actor_, timer.block, next);
  timer.block = next;
  timer.spec.due_ns = next_due_ns;
  return true;
}

void Timers::commit_turn() {
  std::erase_if(timers_, [](const Timer& timer) { return timer.state == State::CancelledInTurn; });
}

void Timers::gather_turn() {
  for (Timer& timer : timers_) {
    if (timer.state == State::CancelledInTurn) timer.state = State::CancelledInGroup;
  }
}

void Timers::commit_group() {
  std::erase_if(timers_, [](const Timer& timer) { return timer.state == State::CancelledInGroup; });
}

void Timers::undo_turn(std::uint64_t first_id, bool has_group) {
  std::erase_if(timers_, [&](const Timer& timer) { return timer.spec.id >= first_id; });
  for (Timer& timer : timers_) {
    if (!has_group || timer.state == State::CancelledInTurn) timer.state = State::Set;
  }
}

void Timers::end_instance() {
  std::erase_if(timers_, [](const Timer& timer) { return timer.block == shm::Handle::None; });
}

void Timers::adopt(const shm::Segment& segment) {
  timers_.clear();  // An adoption that found no memory is tried again.
  shm::for_each_timer(segment, actor_, [&](shm::Handle block, const shm::TimerSpec& spec) {
    add({.spec = spec, .block = block});
  });
}

}  // namespace buskin::runtime
