// HookRunner: the instance from its first hook to its last, and what runs without a message.
#include "api/runtime/cell/hook_runner.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "api/runtime/cell/orders.hpp"
#include "shm/base/check.hpp"
#include "shm/base/clock.hpp"
#include "shm/mailbox/room_waiter.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

Outcome HookRunner::begin_instance(std::span<const std::byte> init, bool is_again) {
  const shm::Segment& segment = endpoint_.segment();
  TurnState& turn = endpoint_.active().turn;
  turn = TurnState::of_hook(0, endpoint_.ids().next(), is_again);
  // What on_stop sent is not overtaken.
  if (instance_.is_exact() || !endpoint_.active().waiting.is_empty()) turn.stage_from_here();
  const char* hook = "constructor";
  Outcome outcome = Outcome::of([&] {
    instance_.construct(init);
    hook = is_again ? "on_restart" : "on_start";
    if (!is_again) return instance_.start(context_);
    const shm::SavedWord saved = shm::saved_of(segment, endpoint_.id());
    std::span<const std::byte> bytes;
    if (saved.handle != shm::Handle::None) bytes = shm::view_payload(segment, saved.handle).bytes;
    instance_.restart(context_, bytes);
  });
  log_hook_threw(hook, outcome);
  if (outcome.is_ok() && turn.lack() != TurnState::Lack::None) {
    outcome = {Code::NoMemory, "there is no memory for what its first hook saves or sends"};
  }
  if (!outcome.is_ok()) return outcome;
  turn = TurnState();
  (void)commit();
  return outcome;
}

Step HookRunner::stop() {
  if (!instance_.exists()) return Step::Stopped;
  Outcome outcome = run_on_stop();
  if (outcome.is_crash()) return fail({.outcome = std::move(outcome)});
  return finish(After::Stop);
}

/// One that throws is over all the same.
Outcome HookRunner::run_on_stop() {
  endpoint_.active().turn = TurnState::of_hook(0, endpoint_.ids().next(), false);
  Outcome outcome = Outcome::of([&] { instance_.stop(context_); });
  if (!outcome.is_ok() && !outcome.is_crash()) endpoint_.thread().count(shm::Counter::FailedTurns);
  log_hook_threw("on_stop", outcome);
  return outcome;
}

Outcome HookRunner::stop_before_restart() {
  if (!instance_.exists()) return {};
  TurnOutput& output = endpoint_.active().output;
  const shm::Handle state = output.take_state();
  Outcome outcome = run_on_stop();
  output.save(endpoint_.thread(), state);  // A handler that threw may have left half changed what on_stop saved.
  endpoint_.active().turn = TurnState();
  return outcome;
}

void HookRunner::end_instance() {
  if (Holdings* const holdings = endpoint_.holdings(); holdings != nullptr) holdings->end_instance();
  const Outcome outcome = Outcome::of([&] { instance_.destroy(); });
  if (!outcome.is_ok()) endpoint_.thread().count(shm::Counter::FailedTurns);
  log_hook_threw("destructor", outcome);
}

/// What on_save sends without room leaves with the commit all the same: the turn is over, and waits for nothing.
void HookRunner::save_state() {
  if (!instance_.exists()) return;
  BUSKIN_CHECK(endpoint_.active().waiting.is_empty());
  instance_.save(context_);
  endpoint_.active().waiting.clear();
}

Step HookRunner::commit_group() {
  ActiveState& active = endpoint_.active();
  if (!active.is_gathering()) return Step::Idle;
  if (instance_.saves_by_hook()) {
    BUSKIN_CHECK(active.output.is_empty());
    active.turn = TurnState::of_completion(shm::Counter::Handled, endpoint_.ids().next());
    save_state();
    if (active.turn.lack() != TurnState::Lack::None) return put_off(shm::Lane::Messages);
    active.turn = TurnState();
    active.group->add_saved(endpoint_.thread(), active.output);
  }
  if (!active.group->reserve(endpoint_.thread())) return put_off(shm::Lane::Messages);
  active.group->commit(endpoint_.thread(), active.lane(shm::Lane::Messages));
  endpoint_.start_children(active.group->take_children());
  if (endpoint_.holdings() != nullptr) endpoint_.holdings()->commit_group();
  return Step::Worked;
}

Step HookRunner::gather(const shm::Hand& hand) {
  ActiveState& active = endpoint_.active();
  const shm::Segment& segment = endpoint_.segment();
  const buskin::Group& limits = instance_.info().group;
  if (active.group == nullptr) active.group = std::make_unique<Group>();
  Group& group = *active.group;
  if (!group.is_open()) {
    group.begin(active.turn.first_id(), shm::now_ns() + static_cast<std::uint64_t>(limits.within.count()));
  }
  if (active.turn.is_asked()) endpoint_.keep_question(hand.seq);
  // The block is still in the chain: what is kept of it is a copy.
  if (active.lease != nullptr) std::exchange(active.lease, nullptr)->detach();
  group.add(endpoint_.thread(), hand, active.turn.fate(), active.output);
  if (endpoint_.holdings() != nullptr) endpoint_.holdings()->gather_turn();
  active.turn = TurnState();
  // In base Sequential no time passes while somebody can run.
  const bool is_old = !endpoint_.node().is_sequential() && shm::now_ns() >= group.end_ns();
  const bool is_last = endpoint_.wish() != ActorEndpoint::Wish::None;
  if (is_last || is_old || group.is_full(segment, endpoint_.id(), limits.messages)) return commit_group();
  return Step::Worked;
}

Step HookRunner::leave_group(shm::LaneReader& reader, shm::Hand& hand) {
  const Step step = commit_group();
  if (step == Step::Worked) hand = reader.return_to(hand.handle);
  return step;
}

Step HookRunner::finish_request() {
  Holdings* const holdings = endpoint_.holdings();
  if (holdings == nullptr) return Step::Idle;
  const std::uint64_t now = shm::now_ns();
  if (now < holdings->requests.due_ns()) return Step::Idle;
  if (const Step step = commit_group(); step != Step::Idle) return step;
  auto request = holdings->requests.take_due(now);
  if (!request.has_value()) return Step::Idle;
  if (request->next == nullptr) return Step::Worked;
  endpoint_.active().turn = TurnState::of_hook(request->id, endpoint_.ids().next(), false);
  if (instance_.is_exact()) endpoint_.active().turn.stage_from_here();
  Outcome outcome = Outcome::of([&] { run_continuation(*std::move(request), nullptr); });
  const TurnState::Lack lack = endpoint_.active().turn.lack();
  if (outcome.is_ok() && lack == TurnState::Lack::Memory) return put_off(shm::Lane::Replies);
  if (outcome.is_ok() && lack == TurnState::Lack::TooLarge) outcome = outcome_of_too_large();
  if (outcome.is_ok()) {
    endpoint_.answer_dropped(Error(Code::NoReply));
    return finish(After::Other);
  }
  if (!outcome.is_crash()) undo_continuation(outcome);
  return fail({.outcome = std::move(outcome)});
}

/// It lies in the active state, so that what it holds outlives an exception and is dropped when the turn is undone.
void HookRunner::run_continuation(Requests::Ended request, detail::LeasePtr reply) {
  std::optional<Requests::Ended>& answered = endpoint_.active().answered;
  BUSKIN_CHECK(!answered.has_value());
  answered = std::move(request);
  answered->next->run(std::move(reply), answered->error);
  // The continuation is still there, and can run again. Later it is not.
  ActiveState& active = endpoint_.active();
  const bool is_whole = active.waiting.is_empty();  // Otherwise its sends are not all there.
  if (is_whole && !active.output.reserve(endpoint_.thread())) active.turn.lack(TurnState::Lack::Memory);
  const TurnState::Lack lack = active.turn.lack();
  if (lack == TurnState::Lack::TooLarge) return;  // As if it had thrown.
  if (lack == TurnState::Lack::Memory) endpoint_.need_holdings().requests.put_back(*std::move(answered));
  answered.reset();
}

void HookRunner::undo_continuation(const Outcome& outcome) {
  ActiveState& active = endpoint_.active();
  BUSKIN_CHECK(active.answered.has_value() && !outcome.is_crash());
  endpoint_.thread().count(shm::Counter::FailedTurns);
  const std::array fields{LogField("request", active.answered->type),
                          LogField("text", std::string_view(outcome.reason))};
  endpoint_.log(Level::Warning, "continuation_threw", fields);
  endpoint_.undo_turn();
  endpoint_.answer_dropped(Error(outcome.code, outcome.reason));
}

void HookRunner::log_throw(std::string_view event, std::string_view type, std::uint32_t attempt,
                           const Outcome& outcome) {
  BUSKIN_CHECK(!outcome.is_ok() && !outcome.is_crash());
  const std::array fields{LogField("type", type), LogField("attempt", attempt),
                          LogField("text", std::string_view(outcome.reason))};
  endpoint_.log(Level::Warning, event, fields);
}

/// A hook has no message: the type is the actor's.
void HookRunner::log_hook_threw(const char* hook, const Outcome& outcome) {
  if (outcome.is_ok() || outcome.is_crash()) return;
  log_throw(hook + std::string("_threw"), instance_.info().name, 1, outcome);
}

Step HookRunner::fire_timer() {
  Holdings* const holdings = endpoint_.holdings();
  if (holdings == nullptr) return Step::Idle;
  const std::uint64_t now = shm::now_ns();
  if (now < holdings->timers.due_ns()) return Step::Idle;
  // It may have set the timer, or cancelled it.
  if (const Step step = commit_group(); step == Step::Failed) return step;
  const auto send = [this](const detail::MessageInfo& info, std::span<const std::byte> bytes) {
    const shm::Destination to{endpoint_.id(), shm::Lane::Messages, shm::Admission::Exempt};
    return endpoint_.send_message({.to = to}, info, bytes).code() != Code::NoMemory;
  };
  return holdings->timers.fire(endpoint_.thread(), now, send) ? Step::Worked : Step::Idle;
}

Step HookRunner::finish(After after) {
  ActiveState& active = endpoint_.active();
  BUSKIN_CHECK(after != After::Message);
  if (after == After::Stop) active.output.save(endpoint_.thread(), shm::Handle::None);  // No instance will need it.
  if (!commit()) [[unlikely]] return open({.after = after});
  active.turn = TurnState();
  if (after == After::Stop) end_instance();
  if (after == After::Start) return Step::Started;
  return after == After::Stop ? Step::Stopped : Step::Worked;
}

/// The state and the messages are one. False: some of them wait for room.
bool HookRunner::commit() {
  ActiveState& active = endpoint_.active();
  if (!active.waiting.is_empty()) return false;
  save_by_hook();
  if (active.output.needs_commit()) {
    shm::Thread& thread = endpoint_.thread();
    // Without memory for the journal the messages leave first, one by one. The state alone needs none.
    if (!active.output.reserve(thread)) endpoint_.send_entries();
    active.output.commit(thread, active.lane(shm::Lane::Messages));
  }
  if (active.output.has_rows()) active.output.end_rows(endpoint_.segment());
  return true;
}

/// With on_save: the state is not to be older than what the hook or the continuation sends.
void HookRunner::save_by_hook() {
  ActiveState& active = endpoint_.active();
  if (!instance_.exists() || !instance_.saves_by_hook() || !active.output.needs_commit()) return;
  active.turn = TurnState::of_completion(shm::Counter::Handled, endpoint_.ids().next());
  save_state();
  active.turn = TurnState();
}

Step HookRunner::open(const OpenTurn& turn) {
  ActiveState& active = endpoint_.active();
  BUSKIN_CHECK(!active.open.has_value());
  active.open = turn;
  active.waiting.open(endpoint_.segment(), endpoint_.id(), active.output.entries());
  return Step::Worked;
}

Step HookRunner::put_off(shm::Lane lane) {
  ActiveState& active = endpoint_.active();
  shm::LaneReader& reader = active.lane(lane);
  const std::uint64_t message = reader.done() << 2 | static_cast<std::uint64_t>(lane);
  endpoint_.thread().count(shm::Counter::PutOff);
  if (endpoint_.need_holdings().pause.begin(shm::now_ns(), message)) endpoint_.log(Level::Warning, "turn_put_off", {});
  endpoint_.roll_back();
  endpoint_.answer_dropped(Error(Code::NoMemory));
  // The counts of the hand go on: a new reader begins the message again, flagged.
  reader.put_off();
  reader = shm::LaneReader(endpoint_.segment(), endpoint_.id().index, lane);
  active.pace.look_next();
  return fail({.outcome = {}, .lane = lane, .is_put_off = true});
}

bool HookRunner::gives_way() {
  ActiveState& active = endpoint_.active();
  shm::LaneReader& orders = active.lane(shm::Lane::Control);
  // Ends: at an order that the turn gives way to, or with the last one.
  while (orders.poll() && take_aside(endpoint_, orders.next())) {
    orders.complete(endpoint_.thread(), orders.begin(shm::Phase::Skip));
    endpoint_.thread().count(shm::Counter::Handled);
  }
  const OpenTurn turn = *active.open;
  if (turn.after != After::Message || !active.turn.is_exact() || !orders.poll()) return false;
  active.open.reset();
  shm::end_wait(endpoint_.segment(), endpoint_.id());
  endpoint_.roll_back();
  endpoint_.answer_dropped(Error(Code::NoReply));
  // A new reader begins the message, and the others of its group, again.
  shm::LaneReader& reader = active.lane(turn.lane);
  reader.put_off();
  reader = shm::LaneReader(endpoint_.segment(), endpoint_.id().index, turn.lane);
  return true;
}

Step HookRunner::fail(FailedTurn failed) {
  endpoint_.active().failed = std::make_unique<FailedTurn>(std::move(failed));
  return Step::Failed;
}

}  // namespace buskin::runtime
