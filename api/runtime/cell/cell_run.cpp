// Cell: who looks where for work, and what a thread does when there is none.
#include <algorithm>
#include <limits>
#include <utility>

#include "api/runtime/cell/cell.hpp"
#include "api/runtime/node/node.hpp"

namespace buskin::runtime {

namespace {

/// Messages between two looks at control and replies, which lie in a line that all senders write.
constexpr std::uint32_t kMessagesPerLook = 64;
/// The longest that a cell keeps a shared thread, but for a handler that takes longer itself.
constexpr std::uint64_t kSlice_ns = 500'000;
constexpr std::uint32_t kStepsPerClock = 4;
constexpr std::uint64_t kEnding_ns = 1'000'000;  // Between two looks whether the last child is gone.
constexpr std::uint64_t kNever_ns = std::numeric_limits<std::uint64_t>::max();

}  // namespace

void Cell::enter(shm::Thread& thread) {
  thread_ = &thread;
  thread.set_actor(id_);
  if (stage_ == Stage::Requested) return;
  if (active_ == nullptr) active_ = std::make_unique<ActiveState>(node_->segment(), id_.index);
  shm::unpark(node_->segment(), id_.index);
}

Cell::Next Cell::slice(shm::Thread& thread, std::uint32_t steps_max) {
  enter(thread);
  bool has_worked = false;
  const std::uint64_t end = steps_max == 1 ? 0 : shm::now_ns() + kSlice_ns;
  // Ends: after steps_max steps.
  for (std::uint32_t left = steps_max; left > 0; --left) {
    if (!step()) return rest(has_worked);
    has_worked = true;
    if (stage_ == Stage::Gone) break;
    if (left % kStepsPerClock == 0 && shm::now_ns() >= end) break;
  }
  thread.set_actor({});
  if (stage_ == Stage::Gone) return {Next::What::Gone, true, 0};
  return {Next::What::Again, true, 0};
}

/// Lets senders wake us. What came meanwhile is work for the next slice, unless we cannot take it yet.
Cell::Next Cell::rest(bool has_worked) {
  ActiveState& active = *active_;
  shm::Segment& segment = node_->segment();
  const bool is_dead = stage_ == Stage::Crashed;
  const bool is_stuck = active.open.has_value() || stage_ == Stage::Ending || is_dead;
  std::uint64_t seen[shm::kLaneCount];
  for (shm::LaneReader& reader : active.lanes) {
    const auto lane = static_cast<std::size_t>(reader.lane());
    seen[lane] = reader.done();
    if (is_dead || (is_stuck && reader.lane() != shm::Lane::Control)) seen[lane] += shm::pending_count(segment, id_.index, reader.lane());
  }
  thread_->set_actor({});
  if (shm::park(segment, id_.index, seen)) return {Next::What::Again, has_worked, 0};
  const Next next{Next::What::Sleep, has_worked, wake_at_ns()};
  if (!is_stuck && !has_own_thread_) active_.reset();
  return next;
}

std::uint64_t Cell::wake_at_ns() const {
  if (active_->open) return shm::now_ns() + active_->open->retry_ns;
  if (stage_ == Stage::Ending) return shm::now_ns() + kEnding_ns;
  if (stage_ == Stage::Crashed) return rare_->restart_at_ns;
  if (rare_ == nullptr) return kNever_ns;
  return std::max<std::uint64_t>(std::min(rare_->requests.due_ns(), rare_->timers.due_ns()), 1);
}

bool Cell::step() {
  if (active_ != nullptr && active_->open) return settle();
  switch (stage_) {
    case Stage::Requested: start(); return true;
    case Stage::Running: return serve();
    case Stage::Ending: return try_end();
    case Stage::Crashed: return begin_anew();
    case Stage::Gone: break;
  }
  return false;
}

bool Cell::serve() {
  ActiveState& active = *active_;
  shm::LaneReader& mail = active.lane(shm::Lane::Messages);
  if (mail.fetched_count() == 0 || active.messages_until_look == 0) {
    active.messages_until_look = 0;  // Look again after a reply, too.
    const bool has_asked = rare_ != nullptr && !rare_->requests.is_empty();
    if (is_gathering() && (has_asked || has_pressing_mail())) return commit_group();
    if (rare_ != nullptr && !rare_->requests.is_empty() && finish_request()) return true;
    if (rare_ != nullptr && !rare_->timers.is_empty() && fire_timer()) return true;
    for (const shm::Lane lane : {shm::Lane::Control, shm::Lane::Replies}) {
      if (!active.lane(lane).poll()) continue;
      turn(active.lane(lane));
      if (std::exchange(wants_restart_, false)) [[unlikely]] restart_by_order();
      return true;
    }
    if (!mail.poll()) {
      if (has_bytes_max_) count_completed(mail, {});
      return commit_group();
    }
    active.messages_until_look = kMessagesPerLook;
  }
  --active.messages_until_look;
  if (latest_max_ == 0 || !skip_overrun(mail)) turn(mail);
  return true;
}

bool Cell::fire_timer() {
  const std::uint64_t now = shm::now_ns();
  if (now < rare_->timers.due_ns()) return false;
  (void)commit_group();  // It may have set the timer, or cancelled it.
  return rare_->timers.fire(*thread_, now, [this](const detail::MessageInfo& info, std::span<const std::byte> bytes) {
    (void)send_message({{id_, shm::Lane::Messages, shm::Admission::Exempt}, 0}, info, bytes);
  });
}

bool Cell::has_pressing_mail() {
  return active_->lane(shm::Lane::Control).poll() || active_->lane(shm::Lane::Replies).poll();
}

bool Cell::has_mail() {
  return std::any_of(active_->lanes.begin(), active_->lanes.end(), [](shm::LaneReader& lane) { return lane.poll(); });
}

void Cell::run(shm::Thread& thread, Idle how) {
  has_own_thread_ = true;
  SpinBudget spin;
  enter(thread);
  // Ends: with the actor.
  while (stage_ != Stage::Gone) {
    if (!step()) idle(how, spin);
  }
  thread.set_actor({});
}

void Cell::idle(Idle how, SpinBudget& spin) {
  const bool can_take = stage_ == Stage::Running && !active_->open;
  if (can_take && how != Idle::Sleep) {
    // Ends: never for Idle::Spin without mail, which was asked for; else with the budget.
    do {
      if (spin.look([&] { return has_mail(); })) return;
    } while (how == Idle::Spin && shm::now_ns() < wake_at_ns());
  }
  const Next next = rest(false);
  if (next.what == Next::What::Sleep) {
    // A push after park() wakes us through the record; one before it was seen there.
    shm::Segment& segment = node_->segment();
    const auto& control = active_->lane(shm::Lane::Control);
    shm::sleep_until(*thread_, next.at_ns, [&] {
      if (stage_ == Stage::Crashed) return true;
      return can_take ? !has_mail() : shm::pending_count(segment, id_.index, control.lane()) == 0;
    });
    spin.slept();
  }
  enter(*thread_);
}

}  // namespace buskin::runtime
