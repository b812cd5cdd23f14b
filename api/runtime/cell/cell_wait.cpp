// Cell: sends that find no room.
//
// With a thread of its own an actor waits in place. Else the send is staged and
// the turn stays open: the message stays in hand until every receiver has room
// or a deadline has passed. Other actors run meanwhile.
#include <algorithm>

#include "api/runtime/cell/cell.hpp"
#include "api/runtime/node/node.hpp"
#include "shm/base/clock.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

namespace {

constexpr std::uint64_t kRetryLeast_ns = 20'000;
constexpr std::uint64_t kRetryMost_ns = 1'000'000;

bool has_place(const shm::Segment& segment, const shm::Destination& to) {
  if (to.admission == shm::Admission::Exempt || to.lane != shm::Lane::Messages) return true;
  if (!shm::has_room(segment, to.id)) return false;
  const shm::Mailbox& mailbox = segment.mailbox(to.id.index);
  const std::uint64_t bytes_max = mailbox.bytes_max.read();
  if (bytes_max == 0 || !shm::is_open(segment, to.id)) return true;
  // relaxed: sums need no order.
  const auto lies = static_cast<std::int64_t>(mailbox.bytes_in.load_relaxed() - mailbox.bytes_out.load_relaxed());
  return lies < static_cast<std::int64_t>(bytes_max);
}

}  // namespace

bool Cell::is_called_off() { return active_ != nullptr && active_->lane(shm::Lane::Control).poll(); }

Status Cell::transmit(const Outgoing& outgoing, shm::Handle block) {
  if (is_silent_) [[unlikely]] return shm::drop(*thread_, block), Status();
  if (active_ != nullptr && active_->is_staging) return stage(outgoing, block);
  if (has_own_thread_ || active_ == nullptr || !may_wait(outgoing)) return send_now(outgoing, block);
  const shm::SendStatus status = push(outgoing.to, block);
  if (status == shm::SendStatus::Accepted) [[likely]] return {};
  if (status == shm::SendStatus::Full) return wait_to_stage(outgoing, block);
  shm::drop(*thread_, block);
  return Code::NoSuchActor;
}

Status Cell::stage(const Outgoing& outgoing, shm::Handle block) {
  const shm::Segment& segment = node_->segment();
  if (shm::is_open(segment, outgoing.to.id)) {
    if (has_place(segment, outgoing.to)) {
      note_room(outgoing);
      active_->staged.push_back({shm::EntryKind::Send, outgoing.to.lane, block, outgoing.to.id});
      return Code::Staged;
    }
    if (may_wait(outgoing)) return wait_to_stage(outgoing, block);
    shm::drop(*thread_, block);
    return Code::MailboxFull;
  }
  shm::drop(*thread_, block);
  return Code::NoSuchActor;
}

/// Stages a message that has no place yet. From here on all sends of the turn are staged: order.
Status Cell::wait_to_stage(const Outgoing& outgoing, shm::Handle block) {
  ActiveState& active = *active_;
  active.is_staging = true;
  const std::uint64_t wait_ns = shm::wait_ns_of(node_->segment(), outgoing.to.id);
  thread_->count(shm::Counter::SendWaits);
  if (active.group != nullptr) active.group->is_full = true;
  active.waiting.push_back({active.staged.size(), outgoing.correlation, shm::now_ns() + wait_ns});
  active.staged.push_back({shm::EntryKind::Send, outgoing.to.lane, block, outgoing.to.id});
  return Code::Staged;
}

Status Cell::forward(Address to, detail::Incoming& delivery) {
  const detail::SendSpec send_spec{to, delivery.info, {}, detail::Wait::AsConfigured};
  shm::ActorId id{};
  Status found = resolve(to, id);
  if (found.ok() && !shm::is_open(node_->segment(), id)) found = Code::NoSuchActor;
  if (!found.ok()) return refuse(send_spec, found);
  const Outgoing outgoing{{id}, 0, detail::Wait::AsConfigured};
  const auto block = static_cast<shm::Handle>(delivery.block);
  const bool has_room = has_place(node_->segment(), outgoing.to);
  if (!has_room && !may_wait(outgoing)) return refuse(send_spec, Code::MailboxFull);
  delivery.fate = detail::Incoming::Fate::Forwarded;
  active_->passed_on = std::exchange(active_->owed, {});
  if (!has_room) return wait_to_stage(outgoing, block);
  active_->is_staging = true;  // What follows must not overtake it.
  active_->staged.push_back({shm::EntryKind::Send, shm::Lane::Messages, block, id});
  return Code::Staged;
}

/// The handler has returned. Completes the turn, or leaves it open.
void Cell::close_turn(OpenTurn turn) {
  ActiveState& active = *active_;
  if (active.waiting.empty()) [[likely]] return finish_turn(turn);
  turn.retry_ns = kRetryLeast_ns;
  active.open = turn;
  node_->waits().add(id_, active.staged[active.waiting.front().entry].target);
  // An actor with a thread of its own looks again at once; idle() paces it.
}

void Cell::finish_turn(const OpenTurn& turn) {
  ActiveState& active = *active_;
  if (turn.after == After::Message) return finish_message(active.lane(turn.lane), turn.hand);
  // There is no message whose completion could commit what was staged.
  active.is_staging = false;
  for (const shm::Staged& one : std::exchange(active.staged, {})) {
    (void)send_now({{one.target, one.lane, shm::Admission::Exempt}, 0}, one.block);
  }
  if (turn.after == After::Start) return finish_start();
  if (turn.after == After::Stop) return finish_end();
  if (wants_end_ && stage_ == Stage::Running) stage_ = Stage::Ending;
}

/// The usual end of a turn. Not by way of an OpenTurn: what is stored in pieces and copied whole waits for
/// all stores before it, and some of those wait for other cores.
void Cell::finish_message(shm::LaneReader& reader, const shm::Hand& hand) {
  if (info_->on_save != nullptr && !joins_group(reader, hand)) [[unlikely]] save_state();
  complete(reader, hand);
  if (wants_end_ && stage_ == Stage::Running) stage_ = Stage::Ending;
}

/// Looks again for room. True when the turn is complete.
bool Cell::settle() {
  ActiveState& active = *active_;
  const std::uint64_t now = shm::now_ns();
  const bool is_off = is_called_off();
  const std::size_t before = active.waiting.size();
  std::erase_if(active.waiting, [&](const Waiting& waiting) { return settle_one(waiting, now, is_off); });
  if (!active.waiting.empty()) {
    std::uint64_t& retry = active.open->retry_ns;
    retry = active.waiting.size() < before ? kRetryLeast_ns : std::min(2 * retry, kRetryMost_ns);
    return false;
  }
  std::erase_if(active.staged, [](const shm::Staged& one) { return one.block == shm::Handle::None; });
  const OpenTurn turn = *active.open;
  active.open.reset();
  node_->waits().remove(id_);
  finish_turn(turn);
  return true;
}

bool Cell::settle_one(const Waiting& waiting, std::uint64_t now_ns, bool is_off) {
  const shm::Staged& staged = active_->staged[waiting.entry];
  if (!shm::is_open(node_->segment(), staged.target)) {
    fail_waiting(waiting, Code::NoSuchActor);
  } else if (has_place(node_->segment(), {staged.target, staged.lane})) {
    return true;
  } else if (is_off || now_ns >= waiting.deadline_ns) {
    fail_waiting(waiting, Code::MailboxFull);
  } else if (node_->waits().is_circle(id_, staged.target)) {
    thread_->count(shm::Counter::WouldDeadlock);
    fail_waiting(waiting, Code::WouldDeadlock);
  } else {
    return false;
  }
  return true;
}

/// The message does not leave. A forwarded one is freed as the input.
void Cell::fail_waiting(const Waiting& waiting, Code code) {
  shm::Staged& staged = active_->staged[waiting.entry];
  const shm::PayloadView mail = shm::view_payload(node_->segment(), staged.block);
  const detail::MessageInfo& info = types().info_of(mail.type);
  if (shm::is_held(node_->segment(), staged.block)) shm::drop(*thread_, staged.block);
  staged.block = shm::Handle::None;
  if (waiting.correlation != 0) return rare().requests.fail(waiting.correlation, Error(code));
  // The loss is reported at once: what reports it must not wait itself.
  const bool was_staging = std::exchange(active_->is_staging, false);
  report_loss(loss_of(info, self(), address_of(staged.target), Error(code)));
  active_->is_staging = was_staging;
}

bool Cell::expire_waits() {
  if (stage_ == Stage::Crashed) return rare().restart_at_ns = 0, true;
  if (active_ == nullptr || !active_->open) return false;
  active_->waiting.front().deadline_ns = 0;
  return true;
}

}  // namespace buskin::runtime
