// Cell: sends that find no room.
//
// With a thread of its own an actor waits in place. Else the send is staged and
// the turn stays open: the message stays in hand until every receiver has room
// or a deadline has passed. Other actors run meanwhile.
//
// Floor: runtime.
#include <algorithm>

#include "api/runtime/cell.hpp"
#include "api/runtime/host.hpp"
#include "shm/base/clock.hpp"

namespace buskin::runtime {

namespace {

constexpr std::uint64_t kRetryLeast_ns = 20'000;
constexpr std::uint64_t kRetryMost_ns = 1'000'000;

bool has_place(const shm::Segment& segment, const shm::Destination& to) {
  if (to.admission == shm::Admission::Exempt || to.lane != shm::Lane::Messages) return true;
  if (!shm::has_room(segment, to.id)) return false;
  const shm::Mailbox& mailbox = segment.mailbox(to.id.index);
  // relaxed: written before the mailbox was opened; the sums need no order.
  const std::uint64_t bytes_max = mailbox.bytes_max.load_relaxed();
  if (bytes_max == 0 || !shm::is_open(segment, to.id)) return true;
  // relaxed: as above.
  const auto lies = static_cast<std::int64_t>(mailbox.bytes_in.load_relaxed() - mailbox.bytes_out.load_relaxed());
  return lies < static_cast<std::int64_t>(bytes_max);
}

}  // namespace

bool Cell::is_called_off() { return desk_ != nullptr && desk_->lane(shm::Lane::Control).poll(); }

Status Cell::transmit(const Letter& letter, shm::Handle block) {
  if (is_silent_) [[unlikely]] return shm::drop(*thread_, block), Status();
  if (desk_ != nullptr && desk_->is_staging) return stage(letter, block);
  if (has_own_thread_ || desk_ == nullptr || !may_wait(letter)) return send_now(letter, block);
  const shm::SendStatus status = push(letter.to, block);
  if (status == shm::SendStatus::Accepted) [[likely]] return {};
  if (status == shm::SendStatus::Full) return wait_to_stage(letter, block);
  shm::drop(*thread_, block);
  return Code::NoSuchActor;
}

Status Cell::stage(const Letter& letter, shm::Handle block) {
  const shm::Segment& segment = host_->segment();
  if (shm::is_open(segment, letter.to.id)) {
    if (has_place(segment, letter.to)) {
      note_room(letter);
      desk_->staged.push_back({shm::EntryKind::Send, letter.to.lane, block, letter.to.id});
      return Code::Staged;
    }
    if (may_wait(letter)) return wait_to_stage(letter, block);
    shm::drop(*thread_, block);
    return Code::MailboxFull;
  }
  shm::drop(*thread_, block);
  return Code::NoSuchActor;
}

/// Stages a message that has no place yet. From here on all sends of the turn are staged: order.
Status Cell::wait_to_stage(const Letter& letter, shm::Handle block) {
  Desk& desk = *desk_;
  desk.is_staging = true;
  // relaxed: written before the mailbox was opened.
  const std::uint64_t wait_ns = host_->segment().mailbox(letter.to.id.index).wait_ns.load_relaxed();
  thread_->count(shm::Counter::SendWaits);
  if (desk.group != nullptr) desk.group->is_full = true;
  desk.waiting.push_back({desk.staged.size(), letter.correlation, shm::now_ns() + wait_ns});
  desk.staged.push_back({shm::EntryKind::Send, letter.to.lane, block, letter.to.id});
  return Code::Staged;
}

Status Cell::forward(Address to, detail::Incoming& delivery) {
  const detail::Parcel parcel{to, delivery.info, {}, detail::Wait::AsConfigured};
  shm::ActorId id{};
  Status found = resolve(to, id);
  if (found.ok() && !shm::is_open(host_->segment(), id)) found = Code::NoSuchActor;
  if (!found.ok()) return refuse(parcel, found);
  const Letter letter{{id}, 0, detail::Wait::AsConfigured};
  const auto block = static_cast<shm::Handle>(delivery.block);
  const bool has_room = has_place(host_->segment(), letter.to);
  if (!has_room && !may_wait(letter)) return refuse(parcel, Code::MailboxFull);
  delivery.fate = detail::Incoming::Fate::Forwarded;
  desk_->passed_on = std::exchange(desk_->owed, {});
  if (!has_room) return wait_to_stage(letter, block);
  desk_->is_staging = true;  // What follows must not overtake it.
  desk_->staged.push_back({shm::EntryKind::Send, shm::Lane::Messages, block, id});
  return Code::Staged;
}

/// The handler has returned. Completes the turn, or leaves it open.
void Cell::close_turn(OpenTurn turn) {
  Desk& desk = *desk_;
  if (desk.waiting.empty()) [[likely]] return finish_turn(turn);
  turn.retry_ns = kRetryLeast_ns;
  desk.open = turn;
  host_->waits().add(id_, desk.staged[desk.waiting.front().entry].target);
  // An actor with a thread of its own looks again at once; idle() paces it.
}

void Cell::finish_turn(const OpenTurn& turn) {
  Desk& desk = *desk_;
  if (turn.after == After::Message) return finish_message(desk.lane(turn.lane), turn.hand);
  // There is no message whose completion could commit what was staged.
  desk.is_staging = false;
  for (const shm::Staged& one : std::exchange(desk.staged, {})) {
    (void)send_now({{one.target, one.lane, shm::Admission::Exempt}, 0}, one.block);
  }
  if (turn.after == After::Birth) return finish_birth();
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
  Desk& desk = *desk_;
  const std::uint64_t now = shm::now_ns();
  const bool is_off = is_called_off();
  const std::size_t before = desk.waiting.size();
  std::erase_if(desk.waiting, [&](const Waiting& waiting) { return settle_one(waiting, now, is_off); });
  if (!desk.waiting.empty()) {
    std::uint64_t& retry = desk.open->retry_ns;
    retry = desk.waiting.size() < before ? kRetryLeast_ns : std::min(2 * retry, kRetryMost_ns);
    return false;
  }
  std::erase_if(desk.staged, [](const shm::Staged& one) { return one.block == shm::Handle::None; });
  const OpenTurn turn = *desk.open;
  desk.open.reset();
  host_->waits().remove(id_);
  finish_turn(turn);
  return true;
}

bool Cell::settle_one(const Waiting& waiting, std::uint64_t now_ns, bool is_off) {
  const shm::Staged& staged = desk_->staged[waiting.entry];
  if (!shm::is_open(host_->segment(), staged.target)) {
    fail_waiting(waiting, Code::NoSuchActor);
  } else if (has_place(host_->segment(), {staged.target, staged.lane})) {
    return true;
  } else if (is_off || now_ns >= waiting.deadline_ns) {
    fail_waiting(waiting, Code::MailboxFull);
  } else if (host_->waits().is_circle(id_, staged.target)) {
    thread_->count(shm::Counter::WouldDeadlock);
    fail_waiting(waiting, Code::WouldDeadlock);
  } else {
    return false;
  }
  return true;
}

/// The message does not leave. A forwarded one is freed as the input.
void Cell::fail_waiting(const Waiting& waiting, Code code) {
  shm::Staged& staged = desk_->staged[waiting.entry];
  const shm::PayloadView mail = shm::view_payload(host_->segment(), staged.block);
  const detail::MessageInfo& info = types().info_of(mail.type);
  // relaxed: ours.
  const auto own = shm::OwnerWord::unpack(host_->segment().block(staged.block).own.load_relaxed());
  if (own.state == shm::BlockState::Held) shm::drop(*thread_, staged.block);
  staged.block = shm::Handle::None;
  if (waiting.correlation != 0) return fail_request(waiting.correlation, Error(code));
  // The loss is reported at once: what reports it must not wait itself.
  const bool was_staging = std::exchange(desk_->is_staging, false);
  report_loss({id_, address_of(staged.target), 0, &info, Error(code)});
  desk_->is_staging = was_staging;
}

bool Cell::expire_waits() {
  if (stage_ == Stage::Crashed) return rare().restart_at_ns = 0, true;
  if (desk_ == nullptr || !desk_->open) return false;
  desk_->waiting.front().deadline_ns = 0;
  return true;
}

}  // namespace buskin::runtime
