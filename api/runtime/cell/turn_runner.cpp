// TurnRunner: the usual turn from its begin to its end, in that order; then groups, room, failures.
#include "api/runtime/cell/turn_runner.hpp"

#include <algorithm>
#include <utility>

#include "api/runtime/cell/orders.hpp"
#include "api/runtime/endpoint/returned_notice.hpp"
#include "api/runtime/node/addresses.hpp"
#include "shm/base/check.hpp"
#include "shm/base/clock.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

TurnRunner::TurnRunner(Node& node, shm::Thread& thread, shm::ActorId id, const detail::ActorInfo& info,
                       const ActorSpec& spec)
    : hooks_(node, thread, id, info),
      latest_(spec.options.mailbox),
      attempts_max_(static_cast<std::uint8_t>(spec.options.supervise.attempts)),
      kills_max_(static_cast<std::uint8_t>(spec.options.supervise.kills_max)) {}

Step TurnRunner::serve() {
  ActiveState& active = endpoint().active();
  shm::LaneReader& mail = active.lane(shm::Lane::Messages);
  if (mail.fetched_count() == 0 || active.pace.is_due(is_awaiting())) {
    active.pace.look_next();  // Look again after whatever comes first.
    if (is_paused()) return active.lane(shm::Lane::Control).poll() ? take(active.lane(shm::Lane::Control)) : Step::Idle;
    const Step step = look_around();
    if (step != Step::Idle) return step;
    if (!mail.poll()) return hooks_.commit_group();
    active.pace.looked(mail.fetched_count());
  }
  active.pace.handle_one();
  return take(mail);
}

/// For memory: until then only orders are taken.
bool TurnRunner::is_paused() {
  Holdings* const holdings = endpoint().holdings();
  return holdings != nullptr && holdings->pause.is_on() && holdings->pause.holds(shm::now_ns());
}

bool TurnRunner::is_awaiting() {
  const Holdings* const holdings = endpoint().holdings();
  return holdings != nullptr && !(holdings->requests.is_empty() && holdings->timers.is_empty());
}

/// What comes before the messages. A group commits before any of it happens.
Step TurnRunner::look_around() {
  ActiveState& active = endpoint().active();
  const Holdings* const holdings = endpoint().holdings();
  if (active.is_gathering() && active.has_pressing_mail()) return hooks_.commit_group();
  if (holdings != nullptr && !holdings->requests.is_empty()) {
    const Step step = hooks_.finish_request();
    if (step != Step::Idle) return step;
  }
  if (holdings != nullptr && !holdings->timers.is_empty()) {
    const Step step = hooks_.fire_timer();
    if (step != Step::Idle) return step;
  }
  for (const shm::Lane lane : {shm::Lane::Control, shm::Lane::Replies}) {
    if (active.lane(lane).poll()) return take(active.lane(lane));
  }
  return Step::Idle;
}

Step TurnRunner::take(shm::LaneReader& reader) {
  BUSKIN_CHECK(!has_open_turn());  // I1
  const shm::Lane lane = reader.lane();
  if (latest_.is_on() && lane == shm::Lane::Messages) {
    const Step step = skip_overrun(reader);
    if (step != Step::Idle) return step;
  }
  const shm::Hand hand = reader.begin(shm::Phase::Running);
  if (is_lossy(lane)) reader.store_done(hand);
  if (hand.redelivered && endpoint().return_again(hand)) [[unlikely]] return give_back(reader, hand);
  if (hand.attempts + hand.kills > 0) [[unlikely]] endpoint().thread().count(shm::Counter::Redelivered);
  if (has_used_attempts(hand)) [[unlikely]] {
    return give_up(reader, hand, death_of(endpoint().segment(), endpoint().id(), lane, hand));
  }
  return attempt(reader, hand);
}

Step TurnRunner::attempt(shm::LaneReader& reader, const shm::Hand& hand) {
  detail::Incoming delivery = endpoint().read(hand);
  if (delivery.deadline_ns != 0 && shm::now_ns() >= delivery.deadline_ns) [[unlikely]] {
    return expire(reader, hand, delivery);
  }
  begin_turn(reader.lane(), delivery);
  const int planned = has_planned_crashes() ? take_planned_crash(endpoint().self()) : 0;
  bool is_handled = true;
  if (lends_copies()) [[unlikely]] endpoint().active().lent = lend_copy(delivery);
  Outcome outcome = Outcome::of([&] {
    is_handled = dispatch(reader.lane(), delivery);
    if (planned != 0) crash_now(planned);
  });
  if (lends_copies()) [[unlikely]] endpoint().active().lent.reset();
  if (outcome.is_ok() && is_handled) [[likely]] {
    if (endpoint().active().turn.lack() != TurnState::Lack::None) [[unlikely]] return lack(reader, hand);
    if (!endpoint().active().dropped.empty()) [[unlikely]] endpoint().answer_dropped(Error(Code::NoReply));
    if (endpoint().active().waiting.is_empty()) [[likely]] return finish(reader, hand);
    return leave_open(reader, hand);
  }
  return fail(reader, hand, delivery, std::move(outcome));
}

void TurnRunner::begin_turn(shm::Lane lane, const detail::Incoming& delivery) {
  const bool is_question = lane == shm::Lane::Messages && delivery.correlation != 0;
  endpoint().active().turn =
      TurnState::of_message({.id = delivery.message_id,
                             .question = is_question ? owed_to(delivery.sender, delivery.correlation) : Owed{},
                             .attempt = delivery.attempt,
                             .is_exact = hooks_.instance().is_exact(),
                             .deadline_ns = delivery.deadline_ns},
                            endpoint().ids().next());
}

/// False: no handler took a message that somebody must take.
bool TurnRunner::dispatch(shm::Lane lane, detail::Incoming& delivery) {
  if (lane == shm::Lane::Replies) {
    handle_reply(delivery);
  } else if (lane == shm::Lane::Control || delivery.info->id == detail::message_id<ActorExitRequest>) {
    take_order(endpoint(), delivery);
  } else {
    return handle_message(delivery);
  }
  return true;
}

bool TurnRunner::handle_message(detail::Incoming& delivery) {
  const std::uint64_t type = delivery.info->id;
  if (Holdings* const holdings = endpoint().holdings(); holdings != nullptr) {
    if (type == detail::message_id<ChildActorExited>) {
      const Address child = reinterpret_cast<const ChildActorExited*>(delivery.bytes.data())->child;
      holdings->children.remove(actor_at(child));
    }
    if (const auto overlay = holdings->overlays.find(type); overlay != nullptr) {
      (*overlay)(delivery);
      say_no_reply(endpoint(), delivery);
      return true;
    }
  }
  const detail::HandlerInfo* const handler = hooks_.instance().handler_of(type);
  if (handler != nullptr && is_readable(*handler, delivery)) [[likely]] {
    hooks_.instance().handle(*handler, hooks_.context(), delivery);
    if (handler->reply == nullptr) say_no_reply(endpoint(), delivery);
    return true;
  }
  endpoint().thread().count(shm::Counter::Unhandled);
  return is_notice(type);
}

void TurnRunner::handle_reply(detail::Incoming& delivery) {
  Holdings* const holdings = endpoint().holdings();
  auto request = holdings == nullptr ? std::nullopt : holdings->requests.take_answered(delivery.correlation);
  if (!request.has_value()) {
    // It answers a former incarnation, or came after its deadline.
    const bool is_stale = endpoint().ids().is_stale(delivery.correlation);
    endpoint().active().turn.count_as(is_stale ? shm::Counter::StaleReply : shm::Counter::LateReply);
    return;
  }
  request->error = error_of_reply(delivery);
  const bool is_answer = request->error.code() == Code::Ok;
  hooks_.run_continuation(*std::move(request), is_answer ? endpoint().keep(delivery) : nullptr);
}

/// The usual end of a turn. Does not go by an OpenTurn: copying a struct right after writing its fields defeats
/// store forwarding, so the copy stalls until earlier, possibly contended, stores drain.
Step TurnRunner::finish(shm::LaneReader& reader, const shm::Hand& hand) {
  const Instance& instance = hooks_.instance();
  if (instance.saves_by_hook() && !Group::takes(instance.info().group, reader.lane(), hand)) [[unlikely]] {
    hooks_.save_state();
  }
  ActiveState& active = endpoint().active();
  if (active.turn.lack() == TurnState::Lack::None && !active.output.reserve(endpoint().thread())) [[unlikely]] {
    active.turn.lack(TurnState::Lack::Memory);
  }
  if (active.turn.lack() != TurnState::Lack::None) [[unlikely]] return lack(reader, hand);
  if (active.turn.is_answered_by_block()) [[unlikely]] return fail_answer(reader, hand);
  return complete(reader, hand);
}

/// There is no memory for the answer, and the request itself becomes it, so that no notice can bring it. What an exact
/// turn has done is undone, as its asker takes it to have failed.
Step TurnRunner::fail_answer(shm::LaneReader& reader, const shm::Hand& hand) {
  const bool is_exact = endpoint().active().turn.is_exact();
  if (is_exact) {
    endpoint().undo_turn();
    endpoint().answer_dropped(Error(Code::NoMemory));
    endpoint().active().turn = TurnState::of_completion(shm::Counter::Handled, endpoint().ids().next());
  }
  endpoint().active().output.withdraw_share(endpoint().thread(), hand.handle);
  endpoint().return_message(hand, returned_as(shm::Returned::Kind::RequestFailed, Code::NoMemory));
  const Step step = complete(reader, hand);
  if (!is_exact || step == Step::Failed) return step;
  return hooks_.fail({.outcome = {}, .lane = reader.lane(), .is_put_off = true});
}

/// Its return was cut by a death.
Step TurnRunner::give_back(shm::LaneReader& reader, const shm::Hand& hand) {
  endpoint().active().turn = TurnState::of_completion(shm::Counter::Poison, endpoint().ids().next());
  return complete(reader, hand);
}

/// The turn has found no memory, and is undone. It costs no attempt, unless there can never be so much.
Step TurnRunner::lack(shm::LaneReader& reader, const shm::Hand& hand) {
  const bool is_too_large = endpoint().active().turn.lack() == TurnState::Lack::TooLarge;
  const bool is_lost = is_lossy(reader.lane());
  if (!is_too_large && !is_lost) return hooks_.put_off(reader.lane());
  Outcome outcome = is_too_large ? outcome_of_too_large() : Outcome{Code::NoMemory, sentence_of(Code::NoMemory)};
  return fail(reader, hand, endpoint().read(hand), std::move(outcome));
}

Step TurnRunner::complete(shm::LaneReader& reader, const shm::Hand& hand) {
  ActiveState& active = endpoint().active();
  if (endpoint().wish() != ActorEndpoint::Wish::None) [[unlikely]] endpoint().note_end({reader.lane(), hand.seq});
  if (Group::takes(hooks_.instance().info().group, reader.lane(), hand)) return hooks_.gather(hand);
  shm::Thread& thread = endpoint().thread();
  BUSKIN_CHECK(!active.is_gathering());  // I2
  if (active.turn.is_asked()) [[unlikely]] endpoint().keep_question(hand.seq);
  KeptLease* lease = std::exchange(active.lease, nullptr);
  const bool is_done = reader.done() >= hand.seq;
  if (active.output.needs_commit()) {
    // Ours only after the commit: HELD before it, a sweep would free it under a message that comes again.
    if (lease != nullptr && !is_done) std::exchange(lease, nullptr)->detach();
    if (lease != nullptr) shm::hold(thread, hand.handle);
    active.output.commit(thread, reader, hand);
  } else if (lease != nullptr && !is_done) {
    reader.complete_kept(thread, hand);
  } else if (is_done) {
    if (lease != nullptr) shm::hold(thread, hand.handle);
    reader.store_handled(thread, hand);
  } else {
    reader.complete(thread, hand);
  }
  if (lease != nullptr) lease->own();
  if (active.output.has_rows()) [[unlikely]] active.output.end_rows(endpoint().segment());
  if (active.turn.is_exact()) endpoint().commit_turn();
  thread.count(active.turn.fate());
  active.turn = TurnState();
  return Step::Worked;
}

bool TurnRunner::has_used_attempts(const shm::Hand& hand) const {
  return hand.attempts >= attempts_max_ || hand.attempts >= shm::kAttemptsMax || hand.kills >= kills_max_;
}

bool TurnRunner::is_lossy(shm::Lane lane) const {
  return hooks_.instance().info().delivery == Delivery::AtMostOnce && lane == shm::Lane::Messages;
}

/// The handler threw or crashed, or there was none. The message is charged, given up, or, at most once, lost.
Step TurnRunner::fail(shm::LaneReader& reader, shm::Hand hand, const detail::Incoming& delivery,
                                  Outcome outcome) {
  const shm::Lane lane = reader.lane();
  if (outcome.is_crash()) return hooks_.fail({.outcome = std::move(outcome), .lane = lane});
  if (endpoint().active().answered.has_value()) return fail_continuation(reader, hand, std::move(outcome));
  if (outcome.is_ok()) {
    endpoint().undo_turn();
    return give_up(reader, hand, unhandled(hooks_.instance().handler_of(delivery.info->id), delivery));
  }
  endpoint().thread().count(shm::Counter::FailedTurns);
  hooks_.log_throw("handler_threw", delivery.type_name, delivery.attempt, outcome);
  if (hooks_.instance().saves_by_hook() && endpoint().active().is_gathering()) {
    endpoint().roll_back();
    endpoint().answer_dropped(Error(outcome.code, outcome.reason));
    reader = shm::LaneReader(endpoint().segment(), endpoint().id().index, lane);
    return hooks_.fail({.outcome = std::move(outcome), .lane = lane, .is_group_undone = true});
  }
  endpoint().undo_turn();
  endpoint().answer_dropped(Error(outcome.code, outcome.reason));
  if (is_lossy(lane)) {
    lose(reader, hand, delivery);
    return hooks_.fail({.outcome = std::move(outcome), .lane = lane});
  }
  if (hooks_.leave_group(reader, hand) == Step::Failed) return Step::Failed;
  hand = reader.charge(hand);
  const bool is_last = has_used_attempts(hand);
  if (is_last) (void)give_up(reader, hand, outcome);
  return hooks_.fail({.outcome = std::move(outcome), .lane = lane, .hand = hand, .is_in_hand = !is_last});
}

/// The request has its answer, so the reply is not handled again. It counts as poison; its sender has done its part.
Step TurnRunner::fail_continuation(shm::LaneReader& reader, const shm::Hand& hand, Outcome outcome) {
  hooks_.undo_continuation(outcome);
  endpoint().active().turn = TurnState::of_completion(shm::Counter::Poison, endpoint().ids().next());
  (void)complete(reader, hand);
  return hooks_.fail({.outcome = std::move(outcome), .lane = reader.lane()});
}

FailedTurn TurnRunner::take_failed() {
  const std::unique_ptr<FailedTurn> failed = std::move(endpoint().active().failed);
  BUSKIN_CHECK(failed != nullptr);
  return std::move(*failed);
}

Step TurnRunner::try_again(const FailedTurn& failed) {
  BUSKIN_CHECK(failed.is_in_hand);
  shm::LaneReader& reader = endpoint().active().lane(failed.lane);
  const shm::Hand hand = reader.begin_again();
  endpoint().thread().count(shm::Counter::Redelivered);
  return attempt(reader, hand);
}

Step TurnRunner::give_up(const FailedTurn& failed) {
  BUSKIN_CHECK(failed.is_in_hand);
  return give_up(endpoint().active().lane(failed.lane), failed.hand, failed.outcome);
}

/// The message is handled no more. Its sender gets PoisonMessage, which is one with the completion.
Step TurnRunner::give_up(shm::LaneReader& reader, const shm::Hand& hand, const Outcome& outcome) {
  const detail::Incoming delivery = endpoint().read(hand);
  endpoint().active().turn = TurnState::of_completion(shm::Counter::Poison, endpoint().ids().next());
  shm::ActorId sender{};
  const bool is_known = endpoint().resolve(delivery.sender, sender).ok();
  const GivenUp given_up{.sender = is_known ? delivery.sender : Address(),
                         .receiver = endpoint().self(),
                         .correlation = delivery.correlation,
                         .message_id = delivery.message_id,
                         .type = delivery.info->id,
                         .type_name = delivery.type_name,
                         .attempts = std::uint32_t{hand.attempts} + hand.kills,
                         .code = outcome.code,
                         .reason = outcome.reason,
                         .crash = crash_facts(outcome),
                         .original = hand.handle};
  if (!endpoint().tell(given_up)) {
    const auto attempts = static_cast<std::uint8_t>(given_up.attempts);
    endpoint().return_message(hand, returned_as(shm::Returned::Kind::Poison, outcome.code, attempts));
  }
  return complete(reader, hand);
}

/// At most once: the message is not handled again.
void TurnRunner::lose(shm::LaneReader& reader, const shm::Hand& hand, const detail::Incoming& delivery) {
  endpoint().active().turn = TurnState::of_completion(shm::Counter::LostInHand, endpoint().ids().next());
  (void)report_unhandled(delivery, Code::LostInHand);  // To the handler of dead letters alone.
  (void)complete(reader, hand);
}

/// The message has waited longer than it may, and is not handled. The notice is one with the completion.
Step TurnRunner::expire(shm::LaneReader& reader, const shm::Hand& hand, const detail::Incoming& delivery) {
  endpoint().active().turn = TurnState::of_completion(shm::Counter::DeadExpired, endpoint().ids().next());
  if (!report_unhandled(delivery, Code::Expired)) {
    endpoint().return_message(hand, returned_as(shm::Returned::Kind::Undeliverable, Code::Expired));
  }
  return complete(reader, hand);
}

bool TurnRunner::report_unhandled(const detail::Incoming& delivery, Code code) {
  Loss loss = loss_of(*delivery.info, delivery.sender, endpoint().self(), Error(code));
  loss.correlation = delivery.correlation;
  loss.message_id = delivery.message_id;
  loss.original = static_cast<shm::Handle>(delivery.block);
  return endpoint().tell(loss);
}

/// Some of what the message in hand sends waits for room.
Step TurnRunner::leave_open(shm::LaneReader& reader, shm::Hand hand) {
  if (!hooks_.instance().saves_by_hook() && hooks_.leave_group(reader, hand) == Step::Failed) return Step::Failed;
  return hooks_.open({.after = After::Message, .lane = reader.lane(), .hand = hand});
}

Step TurnRunner::settle() {
  ActiveState& active = endpoint().active();
  BUSKIN_CHECK(active.open.has_value());
  active.pace.look_next();  // An order that has ended the wait comes before the next message.
  if (hooks_.gives_way()) return take(active.lane(shm::Lane::Control));
  if (!endpoint().settle_sends()) return Step::Idle;
  const OpenTurn turn = *std::exchange(active.open, std::nullopt);
  if (turn.after != After::Message) return hooks_.finish(turn.after);
  return finish(active.lane(turn.lane), turn.hand);
}

/// Skips the oldest message when more wait than are kept. The answer to a question is one with the completion. Idle:
/// it is not skipped.
Step TurnRunner::skip_overrun(shm::LaneReader& reader) {
  if (!latest_.skips(endpoint().segment(), endpoint().id(), reader.next())) return Step::Idle;
  if (const Step step = hooks_.commit_group(); step != Step::Idle) return step;
  ActiveState& active = endpoint().active();
  shm::Thread& thread = endpoint().thread();
  const shm::Hand hand = reader.begin(shm::Phase::Skip);
  const detail::Incoming delivery = endpoint().read(hand);
  active.turn = TurnState::of_completion(shm::Counter::Overrun, endpoint().ids().next());
  if (delivery.correlation != 0 &&
      !endpoint().tell(actor_at(delivery.sender), request_failed(Code::Overrun), delivery.correlation)) {
    endpoint().return_message(hand, returned_as(shm::Returned::Kind::RequestFailed, Code::Overrun));
  }
  if (active.output.needs_commit()) {
    active.output.commit(thread, reader, hand);
  } else {
    reader.complete(thread, hand);
  }
  thread.count(active.turn.fate());
  active.turn = TurnState();
  return Step::Worked;
}

}  // namespace buskin::runtime
