// Cell: one message, from the hand to its completion.
//
//   begin -> handler -> complete            sends went out at once
//   begin -> handler -> commit_turn         some sends were staged, or a state saved
//   begin -> handler -> open ... commit     some receiver had no room yet
//   begin -> handler -> gather ... commit   it is one of a group (cell_group.cpp)
//   begin -> handler throws -> charge -> again, or PoisonMessage
#include <algorithm>

#include "api/runtime/cell/cell.hpp"
#include "api/runtime/node/node.hpp"
#include "api/runtime/endpoint/dead_letters.hpp"
#include "api/runtime/lifecycle/control_messages.hpp"
#include "shm/base/clock.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

namespace {

CrashFacts facts_of(const shm::FaultRecord& fault) {
  CrashFacts facts;
  facts.signal = static_cast<std::uint32_t>(shm::signal_of(fault));
  facts.address = fault.address.read();
  const std::size_t count = std::min<std::size_t>(fault.frames_count.read(), facts.frames.size());
  std::copy_n(fault.frames.begin(), std::min(count, fault.frames.size()), facts.frames.begin());
  return facts;
}

}  // namespace

bool Cell::skip_overrun(shm::LaneReader& reader) {
  if (shm::pending_count(node_->segment(), id_.index, shm::Lane::Messages) <= latest_max_) return false;
  if (commit_group()) return true;
  const shm::Hand hand = reader.begin(shm::Phase::Skip);
  if (has_bytes_max_) count_completed(reader, hand);
  reader.complete(*thread_, hand);
  thread_->count(shm::Counter::Overrun);
  return true;
}

void Cell::begin_attempt(shm::Lane lane, const detail::Incoming& delivery) {
  ActiveState& active = *active_;
  if (lane == shm::Lane::Messages && delivery.correlation != 0) {
    const Address asker = delivery.sender;
    active.owed = {std::uint64_t{asker.index()} | std::uint64_t{asker.generation()} << 32, delivery.correlation};
  }
  active.is_staging = info_->delivery == Delivery::ExactlyOnce;
  active.is_exact = active.is_staging;
  active.is_repeated = delivery.attempt > 1;
  active.is_handled = true;
  active.fate = shm::Counter::Handled;
  active.turn_stamp = delivery.message_id + 1;
  active.creates = 0;
  active.first_request = ids_.next();
}

void Cell::turn(shm::LaneReader& reader) {
  shm::Hand hand = reader.begin(shm::Phase::Running);
  const bool is_lossy = info_->delivery == Delivery::AtMostOnce && reader.lane() == shm::Lane::Messages;
  if (is_lossy) reader.store_done(hand);
  if (hand.attempts + hand.kills > 0) [[unlikely]] thread_->count(shm::Counter::Redelivered);
  if (has_used_attempts(hand)) [[unlikely]] return give_up(reader, hand, death_of(hand, reader.lane()));
  // Ends: each failed attempt is counted in the hand, up to `attempts`.
  for (;;) {
    detail::Incoming delivery = read(hand);
    if (delivery.deadline_ns != 0 && shm::now_ns() >= delivery.deadline_ns) [[unlikely]] {
      return expire(reader, hand, delivery);
    }
    begin_attempt(reader.lane(), delivery);
    const int planned = has_planned_crashes() ? take_planned_crash(self()) : 0;
    const Outcome outcome = attempt([&] {
      dispatch(reader.lane(), delivery);
      if (planned != 0) crash_now(planned);
    });
    if (outcome.code == Code::Ok && active_->is_handled) [[likely]] {
      if (!active_->waiting.empty()) [[unlikely]] {
        if (info_->on_save == nullptr) leave_group(reader, hand);
        return close_turn({.after = After::Message, .lane = reader.lane(), .hand = hand});
      }
      return finish_message(reader, hand);
    }
    if (outcome.signal != 0) return crash(outcome.signal);
    undo();
    if (outcome.code != Code::Ok && info_->on_save != nullptr && is_gathering()) {
      thread_->count(shm::Counter::FailedTurns);
      return roll_back_group();
    }
    if (outcome.code == Code::Ok) return give_up(reader, hand, {Code::NotHandled, sentence_of(Code::NotHandled)});
    thread_->count(shm::Counter::FailedTurns);
    if (is_lossy) {
      lose(delivery);
      complete(reader, hand);
      return (void)decide(outcome);
    }
    leave_group(reader, hand);
    hand = reader.charge(hand);
    const bool is_last = has_used_attempts(hand);
    if (is_last) give_up(reader, hand, outcome);
    const Verdict verdict = decide(outcome);
    if (is_last || verdict == Verdict::Crashed) return;
    if (verdict == Verdict::Ends) return give_up(reader, hand, outcome);
    hand = reader.begin_again();
    thread_->count(shm::Counter::Redelivered);
  }
}

void Cell::dispatch(shm::Lane lane, detail::Incoming& delivery) {
  if (lane == shm::Lane::Replies) return handle_reply(delivery);
  if (delivery.info->id == detail::message_id<ActorExitRequest>) return handle_exit(delivery);
  if (lane == shm::Lane::Control) return handle_order(delivery);
  handle_message(delivery);
}

void Cell::handle_exit(const detail::Incoming& delivery) {
  wants_end_ = true;
  is_recursive_ = reinterpret_cast<const ActorExitRequest*>(delivery.bytes.data())->recursive != 0;
}

/// Restarts come after the turn; see serve().
void Cell::handle_order(const detail::Incoming& delivery) {
  if (delivery.info->id == detail::message_id<RestartOrder>) {
    // relaxed: written by whoever has the actor.
    const std::uint64_t since = node_->segment().slot(id_.index).restart_at_ns.load_relaxed();
    wants_restart_ = reinterpret_cast<const RestartOrder*>(delivery.bytes.data())->at_ns > since;
  } else if (delivery.info->id == detail::message_id<HostOrder>) {
    host_child(shm::ActorId::from_word(reinterpret_cast<const HostOrder*>(delivery.bytes.data())->child));
  }
}

void Cell::handle_message(detail::Incoming& delivery) {
  const std::uint64_t type = delivery.info->id;
  if (rare_ != nullptr) {
    if (type == detail::message_id<ChildActorExited>) {
      const Address child = reinterpret_cast<const ChildActorExited*>(delivery.bytes.data())->child;
      rare_->children.remove({static_cast<shm::ActorIndex>(child.index()), child.generation()});
    }
    if (const auto handler = rare_->overlays.find(type); handler != nullptr) {
      (*handler)(delivery);
      return say_no_reply(delivery);
    }
  }
  for (const detail::HandlerInfo& handler : info_->handlers) {
    if (handler.message->id != type) continue;
    handler.run(actor_, context_, delivery);
    if (handler.reply == nullptr) say_no_reply(delivery);
    return;
  }
  thread_->count(shm::Counter::Unhandled);
  active_->is_handled = is_notice(type);
}

/// Its bytes no longer lie here. Without a hand: nothing lies here, whatever the sums say.
void Cell::count_completed(const shm::LaneReader& reader, const shm::Hand& hand) {
  if (reader.lane() != shm::Lane::Messages) return;
  shm::Mailbox& mailbox = node_->segment().mailbox(id_.index);
  // relaxed: sums; only the consumer writes bytes_out.
  const std::uint64_t out = hand.handle == shm::Handle::None
                                ? mailbox.bytes_in.load_relaxed()
                                : mailbox.bytes_out.load_relaxed() + shm::payload_bytes(node_->segment(), hand.handle);
  mailbox.bytes_out.store_relaxed(out);  // relaxed: as above.
}

void Cell::complete(shm::LaneReader& reader, const shm::Hand& hand) {
  ActiveState& active = *active_;
  if (joins_group(reader, hand)) {
    if (has_bytes_max_) count_completed(reader, hand);
    return gather(hand);
  }
  if (active.owed.correlation != 0) [[unlikely]] keep_owed(hand);
  KeptLease* kept = std::exchange(active.kept, nullptr);
  const bool is_done = reader.done() >= hand.seq;
  if (has_bytes_max_) count_completed(reader, hand);
  if (!active.staged.empty() || active.saved != shm::Handle::None) {
    // Ours only after the commit: HELD before it, a sweep would free it under a message that comes again.
    if (kept != nullptr && !is_done) std::exchange(kept, nullptr)->detach();
    if (kept != nullptr) shm::hold(*thread_, hand.handle);
    if (!shm::reserve_journal(*thread_, active.staged.size() + 1).ok()) {
      detail::unwrap_failed(Error(Code::NoMemory, "there is no memory to commit a turn"));
    }
    shm::commit_turn(*thread_, reader, hand, active.staged, std::exchange(active.saved, shm::Handle::None));
    thread_->count(shm::Counter::Staged, active.staged.size());
    active.staged.clear();
    if (!thread_->undelivered.empty()) [[unlikely]] return_undelivered(*thread_);
  } else if (kept != nullptr && !is_done) {
    reader.complete_kept(*thread_, hand);
  } else if (is_done) {
    if (kept != nullptr) shm::hold(*thread_, hand.handle);
    reader.store_handled(*thread_, hand);
  } else {
    reader.complete(*thread_, hand);
  }
  if (kept != nullptr) kept->own();
  if (!active.answered.empty()) [[unlikely]] forget_answered();
  active.passed_on = {};
  active.is_staging = false;
  active.is_repeated = false;
  if (std::exchange(active.is_exact, false)) settle_made();
  thread_->count(active.fate);
}

void Cell::give_up(shm::LaneReader& reader, const shm::Hand& hand, const Outcome& outcome) {
  const detail::Incoming delivery = read(hand);
  active_->fate = shm::Counter::Poison;
  shm::ActorId sender{};
  if (!is_notice(delivery.info->id) && resolve(delivery.sender, sender).ok()) {
    active_->is_staging = true;  // The notice and the completion are one.
    tell(sender,
         poison({.receiver = self(),
                 .message_id = delivery.message_id,
                 .type = delivery.info->id,
                 .type_name = delivery.type_name,
                 .attempts = std::uint32_t{hand.attempts} + hand.kills,
                 .code = outcome.code,
                 .reason = outcome.reason,
                 .crash = outcome.fault == nullptr ? CrashFacts{} : facts_of(*outcome.fault)}),
         delivery.correlation);
  }
  complete(reader, hand);
}

/// Tells that nobody handles the message in hand any more.
void Cell::tell_given_up(const detail::Incoming& delivery, Code code) {
  Loss loss = loss_of(*delivery.info, delivery.sender, self(), Error(code));
  loss.correlation = delivery.correlation;
  loss.message_id = delivery.message_id;
  tell(loss);
}

/// At most once: its handler threw, and it is not handled again.
void Cell::lose(const detail::Incoming& delivery) {
  active_->fate = shm::Counter::LostInHand;
  tell_given_up(delivery, Code::LostInHand);
}

/// It waited longer than it may: nobody handles it any more.
void Cell::expire(shm::LaneReader& reader, const shm::Hand& hand, const detail::Incoming& delivery) {
  active_->is_staging = true;  // The notice and the completion are one.
  tell_given_up(delivery, Code::Expired);
  active_->fate = shm::Counter::DeadExpired;
  complete(reader, hand);
}

/// A failed attempt sends nothing that was staged, and waits for no answer.
void Cell::undo() {
  ActiveState& active = *active_;
  const std::size_t staged = is_gathering() ? active.group->staged : 0;
  for (const shm::Staged& one : std::span(active.staged).subspan(staged)) {
    if (shm::is_held(node_->segment(), one.block)) shm::drop(*thread_, one.block);
  }
  active.staged.resize(staged);
  active.waiting.clear();
  active.owed = {};
  active.passed_on = {};
  active.answered.resize(is_gathering() ? active.group->answered : 0);  // Their rows stand; the deaths of the ReplyTos were not.
  if (active.saved != shm::Handle::None) shm::drop(*thread_, std::exchange(active.saved, shm::Handle::None));
  if (active.kept != nullptr) std::exchange(active.kept, nullptr)->detach();
  if (rare_ != nullptr) {
    rare_->requests.undo_turn(active.first_request);
    rare_->timers.undo_turn(active.first_request, is_gathering());
  }
  abandon_children();
  active.is_exact = false;
  wants_end_ = false;
  active.is_staging = false;
}

}  // namespace buskin::runtime
