// Cell: one message, from the hand to its completion.
//
//   begin -> handler -> complete            sends went out at once
//   begin -> handler -> commit_turn         some sends were staged, or a state saved
//   begin -> handler throws -> charge -> again, or PoisonMessage
//
// Floor: runtime.
#include "api/runtime/cell.hpp"
#include "api/runtime/host.hpp"
#include "shm/base/clock.hpp"

namespace buskin::runtime {

namespace {

/// Notices that never cause a notice themselves.
bool is_notice(std::uint64_t type) {
  return type == detail::message_id<PoisonMessage> || type == detail::message_id<Undeliverable> ||
         type == detail::message_id<DeadLetter> || type == detail::message_id<ChildActorExited>;
}

}  // namespace

bool Cell::serve() {
  if (!requests_.empty() && finish_request()) return true;
  for (shm::LaneReader& reader : lanes_) {
    if (!reader.poll()) continue;
    if (!skip_overrun(reader)) turn(reader);
    if (wants_end_) stage_ = Stage::Ending;
    return true;
  }
  return false;
}

bool Cell::skip_overrun(shm::LaneReader& reader) {
  const MailboxOptions& mailbox = birth_.options.mailbox;
  if (mailbox.when_full != WhenFull::KeepLatest || reader.lane() != shm::Lane::Messages) return false;
  if (shm::pending_count(host_->segment(), id_.index, shm::Lane::Messages) <= mailbox.capacity) return false;
  const shm::Hand hand = reader.begin(shm::Phase::Skip);
  reader.complete(*thread_, hand);
  thread_->count(shm::Counter::Overrun);
  return true;
}

void Cell::turn(shm::LaneReader& reader) {
  shm::Hand hand = reader.begin(shm::Phase::Running);
  const bool is_lossy = info_->delivery == Delivery::AtMostOnce && reader.lane() == shm::Lane::Messages;
  if (is_lossy) reader.store_done(hand);
  // Ends: each failed attempt is counted in the hand, up to `attempts`.
  for (;;) {
    detail::Incoming delivery = read(hand);
    is_staging_ = info_->delivery == Delivery::ExactlyOnce;
    handled_ = true;
    Outcome outcome = attempt([&] { dispatch(reader.lane(), delivery); });
    if (outcome.code == Code::Ok && handled_) return complete(reader, hand, delivery);
    undo();
    if (!handled_) return give_up(reader, hand, {Code::NotHandled, "the receiver does not list this message"});
    thread_->count(shm::Counter::FailedTurns);
    if (is_lossy) {
      thread_->count(shm::Counter::LostInHand);
      return reader.store_handled(*thread_, hand);
    }
    hand = reader.charge(hand);
    if (hand.attempts >= birth_.options.attempts || hand.attempts >= shm::kAttemptsMax) {
      return give_up(reader, hand, outcome);
    }
    hand = reader.begin_again();
    thread_->count(shm::Counter::Redelivered);
  }
}

void Cell::dispatch(shm::Lane lane, detail::Incoming& delivery) {
  if (lane == shm::Lane::Replies) return handle_reply(delivery);
  if (delivery.info->id == detail::message_id<ActorExitRequest>) {
    wants_end_ = true;
    return;
  }
  handle_message(delivery);
}

void Cell::handle_message(detail::Incoming& delivery) {
  const std::uint64_t type = delivery.info->id;
  if (type == detail::message_id<ChildActorExited>) {
    const Address child = reinterpret_cast<const ChildActorExited*>(delivery.bytes.data())->child;
    std::erase_if(children_, [&](const Child& known) { return address_of(known.id) == child; });
  }
  for (const Overlaid& overlaid : overlays_) {
    if (overlaid.type != type) continue;
    const std::shared_ptr<Overlay> handler = overlaid.handler;  // It may replace itself.
    return (*handler)(delivery);
  }
  for (const detail::HandlerInfo& handler : info_->handlers) {
    if (handler.message->id == type) return handler.run(actor_, context_, delivery);
  }
  thread_->count(shm::Counter::Unhandled);
  handled_ = is_notice(type);
}

void Cell::handle_reply(detail::Incoming& delivery) {
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    if (requests_[i].id != delivery.correlation || requests_[i].next == nullptr) continue;
    Request request = std::move(requests_[i]);
    requests_.erase(requests_.begin() + static_cast<std::ptrdiff_t>(i));
    request.error = error_of_reply(delivery);
    return run_answer(std::move(request), request.error.code() == Code::Ok ? keep(delivery) : nullptr);
  }
  thread_->count(shm::Counter::LateReply);
}

void Cell::run_answer(Request request, detail::LeasePtr lease) {
  request.next->run(std::move(lease), request.error);
}

bool Cell::finish_request() {
  const std::uint64_t now = shm::now_ns();
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    if (requests_[i].deadline_ns > now) continue;
    Request request = std::move(requests_[i]);
    requests_.erase(requests_.begin() + static_cast<std::ptrdiff_t>(i));
    if (request.next == nullptr) return true;
    if (request.error.code() == Code::Ok) request.error = Error(Code::TimedOut, "no answer came before the deadline");
    const Outcome outcome = attempt([&] { run_answer(std::move(request), nullptr); });
    if (outcome.code != Code::Ok) thread_->count(shm::Counter::FailedTurns);
    leave_stage();
    if (wants_end_) stage_ = Stage::Ending;
    return true;
  }
  return false;
}

void Cell::complete(shm::LaneReader& reader, const shm::Hand& hand, const detail::Incoming& delivery) {
  KeptLease* const kept = std::exchange(kept_, nullptr);
  const bool is_done = reader.done() >= hand.seq;
  if (!staged_.empty() || saved_ != shm::Handle::None) {
    if (kept != nullptr) shm::hold(*thread_, hand.handle);
    if (!shm::reserve_journal(*thread_, staged_.size() + 1).ok()) {
      detail::unwrap_failed(Error(Code::NoMemory, "there is no memory to commit a turn"));
    }
    shm::commit_turn(*thread_, reader, hand, staged_, std::exchange(saved_, shm::Handle::None));
    staged_.clear();
  } else if (kept != nullptr && !is_done) {
    reader.complete_kept(*thread_, hand);
  } else if (is_done) {
    if (kept != nullptr) shm::hold(*thread_, hand.handle);
    reader.store_handled(*thread_, hand);
  } else {
    reader.complete(*thread_, hand);
  }
  if (kept != nullptr) kept->own();
  is_staging_ = false;
  if (reader.lane() == shm::Lane::Messages && delivery.info != nullptr) thread_->count(shm::Counter::Handled);
}

void Cell::give_up(shm::LaneReader& reader, const shm::Hand& hand, const Outcome& outcome) {
  const detail::Incoming delivery = read(hand);
  thread_->count(shm::Counter::Poison);
  shm::ActorId sender{};
  if (!is_notice(delivery.info->id) && resolve(delivery.sender, sender).ok()) {
    PoisonMessage poison{};
    poison.receiver = self();
    poison.message_id = delivery.message_id;
    poison.type = delivery.info->id;
    poison.attempts = hand.attempts;
    poison.code = outcome.code;
    poison.type_name = delivery.type_name;
    poison.reason = std::string_view(outcome.reason);
    const shm::Lane lane = delivery.correlation != 0 ? shm::Lane::Replies : shm::Lane::Messages;
    is_staging_ = true;
    (void)send_message({{sender, lane, shm::Admission::Exempt}, delivery.correlation},
                       detail::kMessageInfo<PoisonMessage>, std::as_bytes(std::span(&poison, 1)));
  }
  complete(reader, hand, delivery);
}

/// A failed attempt sends nothing that was staged.
void Cell::undo() {
  const std::size_t last = staged_.size();
  for (std::size_t i = 0; i < last; ++i) {
    const auto own = shm::OwnerWord::unpack(host_->segment().block(staged_[i].block).own.load_relaxed());  // relaxed: ours.
    if (own.state == shm::BlockState::Held) shm::drop(*thread_, staged_[i].block);
  }
  staged_.clear();
  if (saved_ != shm::Handle::None) shm::drop(*thread_, std::exchange(saved_, shm::Handle::None));
  is_staging_ = false;
}

/// Sends what was staged where there is no message whose completion could commit it.
void Cell::leave_stage() {
  is_staging_ = false;
  std::vector<shm::Staged> staged = std::exchange(staged_, {});
  for (const shm::Staged& one : staged) {
    (void)send_now({{one.target, one.lane, shm::Admission::Exempt}, 0}, one.block);
  }
}

}  // namespace buskin::runtime
