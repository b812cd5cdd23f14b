// TurnOutbox: the usual send first, then what is staged, then what waits for room.
#include "api/runtime/cell/turn_outbox.hpp"

#include <utility>

#include "api/runtime/endpoint/returned_notice.hpp"
#include "buskin/closed_endpoint.hpp"
#include "shm/actor/share_entry.hpp"
#include "shm/base/check.hpp"
#include "shm/base/clock.hpp"
#include "shm/mailbox/room_waiter.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

namespace {

constexpr std::uint64_t kSpinForRoom_ns = 2'500'000;  // Longer than a watcher needs to take over from a long handler.

}  // namespace

Status TurnOutbox::transmit(const Outgoing& outgoing, shm::Handle block) {
  if (is_silent_ || is_lacking()) [[unlikely]] {
    shm::drop(*thread_, block);
    return {};
  }
  if (active_ != nullptr && active_->turn.is_staging()) return stage(outgoing, block);
  if (active_ == nullptr || waits_in_place(outgoing) || !may_wait(outgoing)) return send_now(outgoing, block);
  shm::SendStatus status = shm::send(*thread_, outgoing.to, block);
  if (status == shm::SendStatus::Accepted) [[likely]] return {};
  // The receiver may be at work on another thread, or will be when the watcher leads. To stage costs more than to wait
  // for that. Not a message with a deadline of its own: the receiver may be at work for longer than that.
  // Ends: accepted, or the receiver does not run, or is gone.
  while (status == shm::SendStatus::Full && !node_->is_sequential() && outgoing.deadline_ns == 0 &&
         shm::spin_for_room(node_->segment(), shm::room_need_of(node_->segment(), outgoing.to.id, block),
                            kSpinForRoom_ns)) {
    status = shm::send(*thread_, outgoing.to, block);
  }
  if (status == shm::SendStatus::Accepted) return {};
  if (status == shm::SendStatus::Full) return wait_to_stage(outgoing, block);
  return Code::NoSuchActor;
}

/// A notice must arrive, and so must what an exact turn sends; but its handler gets the error of a request, a reply or
/// a try_send. What any other turn sends comes back to it, and that notice must arrive.
void TurnOutbox::lack(const Outgoing& outgoing, std::uint64_t bytes) {
  if (active_ == nullptr || outgoing.to.lane == shm::Lane::Replies || outgoing.correlation != 0) return;
  const bool is_tried = outgoing.wait == detail::Wait::Never;
  const bool is_notice = is_tried && outgoing.to.admission == shm::Admission::Exempt;
  if (is_notice || (!is_tried && active_->turn.is_exact())) lack_memory(bytes);
}

void TurnOutbox::lack_memory(std::uint64_t bytes) {
  const bool is_too_large = bytes >= shm::memory_bytes(node_->segment());
  active_->turn.lack(is_too_large ? TurnState::Lack::TooLarge : TurnState::Lack::Memory);
}

std::uint8_t TurnOutbox::flags_now() const {
  return active_ != nullptr && active_->turn.is_repeated() ? shm::BlockFlag::kRepeated : std::uint8_t{0};
}

bool TurnOutbox::is_called_off() {
  if (active_ == nullptr || !active_->lane(shm::Lane::Control).poll()) return false;
  active_->pace.look_next();
  return true;
}

Status TurnOutbox::stage(const Outgoing& outgoing, shm::Handle block) {
  shm::Segment& segment = node_->segment();
  shm::Staged staged{shm::EntryKind::Send, outgoing.to.lane, block, outgoing.to.id};
  if (shm::is_open(segment, outgoing.to.id)) {
    if (take_room_if_bounded(segment, staged, outgoing.to.admission)) {
      TurnOutput& output = active_->output;
      if (active_->group != nullptr) active_->group->note_staged(segment, staged, outgoing.to.admission, output);
      output.stage(staged);
      return Code::Staged;
    }
    const Filled filled = may_wait(outgoing) ? find_filled(staged) : Filled::Limit;
    if (filled == Filled::No) return wait_to_stage(outgoing, block);
    if (filled == Filled::Share) {
      active_->output.stage(staged);
      return Code::Staged;
    }
    return Code::MailboxFull;
  }
  return Code::NoSuchActor;
}

/// Would there be no bytes for the message at its target until this turn is over? What the turn has staged leaves only
/// with its commit, so a wait would be in vain. A share bounds what lies in a mailbox, and not what one turn may send.
TurnOutbox::Filled TurnOutbox::find_filled(const shm::Staged& staged) const {
  const shm::Segment& segment = node_->segment();
  const shm::Mailbox& mailbox = segment.mailbox(staged.target.index);
  const std::uint64_t bytes = shm::payload_bytes(segment, staged.block);
  const bool has_limit = shm::has_byte_limit(mailbox);
  if (!has_limit && bytes < shm::kLargeBytes) return Filled::No;
  const std::uint64_t most = has_limit ? mailbox.bytes_max.read() : shm::share_of(segment, mailbox);
  const std::span<const shm::Staged> entries = std::as_const(active_->output).entries();
  std::uint64_t ours = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].target != staged.target) continue;
    // One that waits takes its bytes before this one does.
    ours += active_->waiting.has(i) ? shm::payload_bytes(segment, entries[i].block) : entries[i].bytes_taken;
  }
  if (ours + bytes <= most || (ours == 0 && !has_limit)) return Filled::No;
  return has_limit ? Filled::Limit : Filled::Share;
}

/// Stages a message that has no place yet. From here on the turn stages all that it sends, so that nothing
/// overtakes the message.
Status TurnOutbox::wait_to_stage(const Outgoing& outgoing, shm::Handle block) {
  ActiveState& active = *active_;
  active.turn.stage_from_here();
  if (active.group != nullptr) active.group->close();
  thread_->count(shm::Counter::SendWaits);
  const RoomLimit limit = room_limit(outgoing);
  active.waiting.add({active.output.entries().size(), outgoing.correlation, limit.deadline_ns, limit.code});
  active.output.stage({shm::EntryKind::Send, outgoing.to.lane, block, outgoing.to.id});
  return Code::Staged;
}

detail::LeasePtr TurnOutbox::keep(detail::Incoming& delivery) {
  if (node_->is_forked()) return detail::closed_endpoint(Code::Forked).keep(delivery);
  delivery.fate = detail::Incoming::Fate::Kept;
  return std::make_unique<KeptLease>(*node_, delivery, &active_->lease, std::move(active_->lent));
}

Status TurnOutbox::forward(Address to, detail::Incoming& delivery) {
  if (node_->is_forked()) return Code::Forked;
  const detail::SendSpec send_spec{to, delivery.info, {}, detail::Wait::AsConfigured};
  if (is_expanded(node_->segment(), delivery)) return post(send_spec, delivery.bytes);
  shm::ActorId id{};
  Status found = resolve(to, id);
  if (found.ok() && !shm::is_open(node_->segment(), id)) found = Code::NoSuchActor;
  if (found.ok()) found = check_bytes({.to = {id}}, delivery.bytes.size());
  const auto block = static_cast<shm::Handle>(delivery.block);
  if (!found.ok()) return refuse(send_spec, found, block);
  const Outgoing outgoing{.to = {id}, .deadline_ns = delivery.deadline_ns};
  shm::Staged staged{shm::EntryKind::Send, shm::Lane::Messages, block, id};
  bool has_room = take_room_if_bounded(node_->segment(), staged);
  const Filled filled = has_room ? Filled::No : find_filled(staged);
  if (!has_room && (!may_wait(outgoing) || filled == Filled::Limit)) {
    return refuse(send_spec, Code::MailboxFull, block);
  }
  has_room = has_room || filled == Filled::Share;
  delivery.fate = detail::Incoming::Fate::Forwarded;
  active_->turn.pass_on();
  if (!has_room) return wait_to_stage(outgoing, block);
  active_->turn.stage_from_here();  // What follows must not overtake it.
  active_->output.stage(staged);
  return Code::Staged;
}

void TurnOutbox::save(const detail::MessageInfo& info, std::span<const std::byte> bytes) {
  if (node_->is_forked()) return;
  const auto block = shm::make_block(*thread_, {.type = types().index_of(info), .sender = id_}, bytes);
  if (!block.ok()) return lack_memory(bytes.size());
  active_->output.save(*thread_, block.value());
}

void TurnOutbox::return_message(const shm::Hand& hand, shm::Returned notice) {
  ActiveState& active = *active_;
  if (active.lease != nullptr) std::exchange(active.lease, nullptr)->detach();
  const shm::PayloadView view = shm::view_payload(node_->segment(), hand.handle);
  const bool has_id = view.extension != nullptr && view.extension->id != 0;
  notice.receiver = id_;
  notice.message_id = has_id ? view.extension->id : hand.seq;
  shm::mark_returned(node_->segment(), hand.handle, notice);
  active.output.stage(shm::to_sender(node_->segment(), hand.handle));
}

bool TurnOutbox::return_again(const shm::Hand& hand) {
  const shm::PayloadView view = shm::view_payload(node_->segment(), hand.handle);
  if (!shm::is_returned(view) || view.sender == id_) return false;
  shm::Returned notice = shm::read_returned(node_->segment(), hand.handle);
  if (notice.receiver != id_) {
    // It is not whole; its content is gone.
    using Kind = shm::Returned::Kind;
    const bool is_asked = view.extension != nullptr && view.extension->correlation != 0;
    notice = returned_as(is_asked ? Kind::RequestFailed : Kind::Undeliverable, Code::NoMemory);
  }
  return_message(hand, notice);
  return true;
}

void TurnOutbox::send_entries() {
  BUSKIN_CHECK(active_->waiting.is_empty());
  for (const shm::Staged& entry : active_->output.take_entries()) {
    const Status sent = send_now({{entry.target, entry.lane, shm::admission_of(entry)}, 0}, entry.block);
    if (!sent.ok()) report_unsent(entry, sent.error());
  }
}

bool TurnOutbox::settle(const WaitingSends::Failed& failed) {
  ActiveState& active = *active_;
  const WaitingSends::Look look{.segment = node_->segment(),
                                .waiter = id_,
                                .is_called_off = is_called_off(),
                                .now_ns = shm::now_ns()};
  active.output.reserve(1 + shm::kCarriersMax);  // For the message in hand, when it is what does not leave.
  if (!active.waiting.settle(look, active.output.entries(), failed)) return false;
  active.output.forget_withdrawn();
  return true;
}

void TurnOutbox::report_unsent(std::size_t entry, Code code) {
  // At once: what reports it must not wait itself.
  const bool was_staging = active_->turn.pause_staging();
  report_unsent(std::as_const(active_->output).entries()[entry], Error(code));
  active_->turn.resume_staging(was_staging);
}

void TurnOutbox::report_unsent(const shm::Staged& staged, Error why) {
  if (staged.lane != shm::Lane::Messages) return release_original(staged.block);
  const detail::MessageInfo& info = types().info_of(shm::view_payload(node_->segment(), staged.block).type);
  Loss loss = loss_of(info, self(), address_of(staged.target), std::move(why));
  loss.original = staged.block;
  report_loss(loss);
}

/// The message in hand goes on with the commit, and so do the notices that bring it: in its journal they follow it.
void TurnOutbox::share_original(shm::Handle original, std::span<const shm::Handle> carriers) {
  if (shm::is_held(node_->segment(), original)) return Outbox::share_original(original, carriers);
  BUSKIN_CHECK(active_ != nullptr);
  active_->turn.stage_from_here();
  active_->output.stage(shm::shared_input(original, carriers.size()));
}

void TurnOutbox::send_notice(const Outgoing& outgoing, shm::Handle block) {
  const bool is_staged = active_ != nullptr && !is_silent_ && active_->turn.is_staging();
  if (!is_staged) return Outbox::send_notice(outgoing, block);
  active_->output.stage({shm::EntryKind::Send, outgoing.to.lane, block, outgoing.to.id});
}

}  // namespace buskin::runtime
