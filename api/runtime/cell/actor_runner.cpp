// ActorRunner: start, failures, crash, end.
#include "api/runtime/cell/actor_runner.hpp"

#include <algorithm>
#include <array>
#include <csignal>

#include "api/runtime/endpoint/dead_letters.hpp"
#include "api/runtime/endpoint/reserved_notices.hpp"
#include "api/runtime/lifecycle/actor_created.hpp"
#include "api/runtime/lifecycle/close.hpp"
#include "api/runtime/recovery/restart_orders.hpp"
#include "api/runtime/node/crash_handler.hpp"
#include "shm/actor/actor_close.hpp"
#include "shm/actor/actor_end.hpp"
#include "shm/base/check.hpp"
#include "shm/base/clock.hpp"
#include "shm/names/names.hpp"
#include "shm/recovery/reap.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

namespace {

/// Signals that a handler raises itself, and its thread records.
constexpr std::array kFaults = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

constexpr std::uint64_t kAdoptionPause_ns = 10'000'000;  // An adoption that found no memory is tried again then.
constexpr std::uint64_t kEnding_ns = 1'000'000;          // Between two looks whether the last child is gone.

}  // namespace

bool ActorRunner::step() {
  if (runner_.has_open_turn()) return follow(runner_.settle());
  switch (stage_) {
    case Stage::NotStarted: start(); return true;
    case Stage::Running: return follow(runner_.serve());
    case Stage::Ending: return try_end();
    case Stage::AwaitsRestart: return restart_when_due();
    case Stage::AwaitsMemory: return begin_when_due();
    case Stage::Gone: break;
  }
  return false;
}

/// What the end of a turn means for the actor.
bool ActorRunner::follow(Step step) {
  // Ends: each failed attempt is counted in the hand, up to `attempts`.
  while (step == Step::Failed) [[unlikely]] step = recover(runner_.take_failed());
  if (step == Step::Idle && !has_orders()) [[likely]] return false;
  if (step == Step::Idle) follow_slot_orders(endpoint());
  if (step == Step::Started) finish_start();
  if (step == Step::Stopped && are_children_gone(endpoint())) finish_end();  // on_stop may have made some.
  const Wish wish = endpoint().wish();
  if (wish != Wish::None && !runner_.has_open_turn()) [[unlikely]] grant(wish);
  return true;
}

void ActorRunner::grant(Wish wish) {
  const bool is_running = stage_ == Stage::Running;
  if (is_running) endpoint().note_end({});  // Unless the turn of a message has noted it.
  endpoint().wish(Wish::None);
  if (!is_running) return;
  if (wish == Wish::Restart) return restart_by_order();
  if (wish == Wish::EndAlone) endpoint().need_holdings().notes.end({.ends_children = false});
  stage_ = Stage::Ending;
}

std::uint64_t ActorRunner::due_ns() {
  if (runner_.has_open_turn()) return shm::now_ns() + endpoint().active().waiting.retry_ns();
  if (stage_ == Stage::Ending) return shm::now_ns() + kEnding_ns;
  const Holdings* const holdings = endpoint().holdings();
  if (holdings == nullptr) return shm::kNever_ns;
  if (stage_ == Stage::AwaitsRestart) return holdings->notes.restart_due_ns();
  if (holdings->pause.is_on()) return holdings->pause.until_ns();
  return std::max<std::uint64_t>(std::min(holdings->requests.due_ns(), holdings->timers.due_ns()), 1);
}

bool ActorRunner::expire_waits() {
  if (stage_ == Stage::AwaitsRestart) {
    endpoint().need_holdings().notes.set_restart_due(0);
  } else if (runner_.has_open_turn()) {
    ActiveState& active = endpoint().active();
    return active.waiting.expire_first() || active.waiting.has_room(endpoint().segment(), active.output.entries());
  } else {
    return false;
  }
  return true;
}

/// NOTIFIED -> ADOPTING, or REQUESTED -> INIT: this process has the actor from here on. False: another one has it.
bool ActorRunner::take_actor() {
  shm::Segment& segment = endpoint().segment();
  const shm::ActorId id = endpoint().id();
  const shm::ProcessIndex own = endpoint().thread().process();
  // Ends: an exchange fails because a repairer writes its name there, or another host takes the actor.
  while (shm::life_of(segment, id).state == shm::LifeState::Notified) {
    if (shm::change_life(segment, id, shm::LifeState::Notified, shm::LifeState::Adopting, own)) return true;
  }
  return shm::change_life(segment, id, shm::LifeState::Requested, shm::LifeState::Init, own);
}

void ActorRunner::start() {
  shm::Segment& segment = endpoint().segment();
  shm::Thread& thread = endpoint().thread();
  const shm::ActorId id = endpoint().id();
  ActorSpec spec;
  if (!read_spec(segment, id, spec) || !take_actor()) {
    stage_ = Stage::Gone;
    return;
  }
  const bool is_again = shm::life_of(segment, id).state == shm::LifeState::Adopting;
  shm::forget_end(segment, id);
  forget_slot_orders(endpoint());
  // Before `in` is read: a sender from here on wakes us, and we find what was sent before.
  shm::set_wake(segment, id.index, wake_);
  endpoint().begin_active();
  shm::unpark(segment, id.index);
  if (is_again) {
    adopt();
    if (!reserve_restart_notice(thread, id, spec)) return postpone_adoption();
  } else if (spec.correlation != 0) {
    endpoint().need_holdings().notes.expect_report({shm::ActorId::from_word(spec.creator), spec.correlation});
  }
  const Outcome outcome = runner_.hooks().begin_instance(spec.init, is_again);
  if (outcome.is_crash() && is_again) return crash(outcome.signal);
  if (outcome.is_ok()) return (void)follow(runner_.hooks().finish(After::Start));
  endpoint().undo_turn();
  if (outcome.code == Code::NoMemory && is_again) {
    drop_instance();
    return postpone_adoption();
  }
  end_with(outcome.code == Code::NoMemory ? Code::NoMemory : Code::StartFailed, outcome.reason);
}

/// Takes over what a dead host left: its children are ours, and nobody waits for the answers to its requests.
void ActorRunner::adopt() {
  shm::Segment& segment = endpoint().segment();
  shm::Thread& thread = endpoint().thread();
  const shm::ActorId id = endpoint().id();
  endpoint().ids().begin(std::uint64_t{shm::count_incarnation(segment, id)} + 1);
  thread.count(shm::Counter::Restarted);
  adopt_children(endpoint());
  endpoint().need_holdings().timers.adopt(segment);
  restart_siblings(thread, id);
}

/// There is no memory for what the next crash needs: the adoption is tried again.
void ActorRunner::postpone_adoption() {
  (void)shm::change_life(endpoint().segment(), endpoint().id(), shm::LifeState::Adopting, shm::LifeState::Notified,
                         shm::ProcessIndex::None);
  stage_ = Stage::AwaitsRestart;
  endpoint().need_holdings().notes.set_restart_due(shm::now_ns() + kAdoptionPause_ns);
}

void ActorRunner::finish_start() {
  shm::Segment& segment = endpoint().segment();
  const shm::ActorId id = endpoint().id();
  BUSKIN_CHECK(stage_ == Stage::NotStarted);
  const shm::LifeState present = shm::life_of(segment, id).state;
  if (present == shm::LifeState::Adopting) shm::write_running_since(segment, id, shm::now_ns());
  if (present != shm::LifeState::Active) {
    (void)shm::change_life(segment, id, present, shm::LifeState::Active, endpoint().thread().process());
  }
  stage_ = Stage::Running;
  Holdings* const holdings = endpoint().holdings();
  if (holdings == nullptr) return;
  holdings->notes.set_restart_due(0);
  if (const auto creator = holdings->notes.take_creator(); creator.has_value()) {
    const ActorCreated created{endpoint().self()};
    (void)endpoint().Outbox::reply(endpoint().address_of(creator->mailbox), creator->correlation,
                                   detail::kMessageInfo<ActorCreated>, bytes_of(created));
  }
  endpoint().drop_empty_holdings();
}

void ActorRunner::refuse_start(std::string_view reason) {
  BUSKIN_CHECK(stage_ == Stage::NotStarted && !endpoint().is_active());
  if (!take_actor()) {
    stage_ = Stage::Gone;
    return;
  }
  ActorSpec spec;
  (void)read_spec(endpoint().segment(), endpoint().id(), spec);
  endpoint().need_holdings().notes.expect_report({shm::ActorId::from_word(spec.creator), spec.correlation});
  endpoint().begin_active();
  endpoint().need_holdings().children.adopt(endpoint().segment(), endpoint().id());
  end_with(Code::BadOption, reason);
}

/// What follows a turn that failed, for the actor and for the message.
Step ActorRunner::recover(const FailedTurn& failed) {
  if (failed.outcome.is_crash()) {
    crash(failed.outcome.signal);
    return Step::Worked;
  }
  if (failed.is_put_off) return begin_again(failed);
  const Left left = carry_out(failed);
  if (left == Left::None) return Step::Worked;
  // What on_restart sent without room waits in a turn of its own.
  if (!failed.is_in_hand) return runner_.hooks().finish(After::Other);
  return left == Left::End ? runner_.give_up(failed) : runner_.try_again(failed);
}

/// A turn was put off. What its handler has changed in members is not undone, so an instance that saves its state in
/// its turns begins again from there: otherwise a turn that happens once would change them twice. Not for a
/// continuation, which would end with its instance.
Step ActorRunner::begin_again(const FailedTurn& failed) {
  const Instance& instance = runner_.hooks().instance();
  const bool has_state = instance.is_exact() && instance.info().saves != nullptr;
  ActorSpec spec;
  if (!has_state || failed.lane == shm::Lane::Replies) return Step::Worked;
  if (!read_spec(endpoint().segment(), endpoint().id(), spec)) return Step::Worked;
  if (renew_instance(spec) != Left::Instance) return Step::Worked;
  return runner_.hooks().finish(After::Other);
}

ActorRunner::Left ActorRunner::carry_out(const FailedTurn& failed) {
  shm::Thread& thread = endpoint().thread();
  const shm::ActorId id = endpoint().id();
  ActorSpec spec;
  const bool has_spec = read_spec(endpoint().segment(), id, spec);
  if (failed.is_group_undone) {
    if (has_spec) return renew_instance(spec);
    end_with(Code::StartFailed, "its spec is gone");
    return Left::End;
  }
  if (!has_spec) return Left::Instance;
  const Verdict verdict = verdict_on_throw(thread, id, spec.options.supervise, failed.outcome.reason);
  if (verdict.what == Verdict::What::Ends) {
    end_with(Code::ActorDied, verdict.reason);
    return Left::End;
  }
  if (verdict.what == Verdict::What::GoesOn) {
    // With on_save, what its handler left half done would be saved by the next turn.
    return runner_.hooks().instance().saves_by_hook() ? renew_instance(spec) : Left::Instance;
  }
  const Left left = replace_instance(spec, failed.outcome.code, failed.outcome.reason);
  if (left == Left::Instance) restart_siblings(thread, id);
  return left;
}

/// A new instance behind the same address, of which the parent hears.
ActorRunner::Left ActorRunner::replace_instance(const ActorSpec& spec, Code why, const std::string& reason) {
  shm::write_running_since(endpoint().segment(), endpoint().id(), shm::now_ns());
  const Left left = renew_instance(spec);
  if (left == Left::Instance) report_restart(endpoint(), why, reason);
  return left;
}

/// Its saved state is all that the new instance has.
ActorRunner::Left ActorRunner::renew_instance(const ActorSpec& spec) {
  shm::Thread& thread = endpoint().thread();
  thread.count(shm::Counter::Restarted);
  if (const Outcome stopped = runner_.hooks().stop_before_restart(); stopped.is_crash()) {
    crash(stopped.signal);
    return Left::None;
  }
  if (endpoint().holdings() != nullptr) endpoint().holdings()->owed.fail_all(thread);
  drop_instance();
  return begin_instance(spec);
}

ActorRunner::Left ActorRunner::begin_instance(const ActorSpec& spec) {
  const Outcome outcome = runner_.hooks().begin_instance(spec.init, true);
  if (outcome.is_ok()) return Left::Instance;
  if (outcome.is_crash()) {
    crash(outcome.signal);
    return Left::None;
  }
  endpoint().undo_turn();
  if (outcome.code == Code::NoMemory) {
    drop_instance();
    (void)endpoint().need_holdings().pause.begin(shm::now_ns(), 0);
    stage_ = Stage::AwaitsMemory;
    return Left::None;
  }
  end_with(Code::StartFailed, outcome.reason);
  return Left::End;
}

/// The first hook of the instance found no memory, and runs again. What was in hand comes again.
bool ActorRunner::begin_when_due() {
  if (endpoint().need_holdings().pause.holds(shm::now_ns())) return false;
  ActorSpec spec;
  if (!read_spec(endpoint().segment(), endpoint().id(), spec)) {
    end_with(Code::StartFailed, "its spec is gone");
    return true;
  }
  if (begin_instance(spec) != Left::Instance) return true;
  stage_ = Stage::Running;
  for (shm::LaneReader& reader : endpoint().active().lanes) {
    reader.put_off();
    reader = shm::LaneReader(endpoint().segment(), endpoint().id().index, reader.lane());
  }
  return follow(runner_.hooks().finish(After::Other));
}

/// A sibling was restarted, and the parent's Strategy wants us to be, too.
void ActorRunner::restart_by_order() {
  shm::Segment& segment = endpoint().segment();
  ActorSpec spec;
  if (!read_spec(segment, endpoint().id(), spec)) return;
  shm::count_ordered_restart(segment, endpoint().id());
  if (replace_instance(spec, Code::ActorRestarted, "a sibling was restarted") != Left::Instance) return;
  (void)follow(runner_.hooks().finish(After::Other));
}

/// Before a new instance takes its place. Its requests and ReplyTos say nothing: their answers are given elsewhere.
void ActorRunner::drop_instance() {
  const bool was_silent = endpoint().set_silent(true);
  runner_.hooks().end_instance();
  (void)endpoint().set_silent(was_silent);
}

/// An injected crash of a turn, or of a hook of an actor that has started. Its thread goes on with other actors: so
/// only this turn and this actor are repaired, and memory that a death would leave to the sweep is dropped here.
void ActorRunner::crash(int signal) {
  const bool is_fault = std::find(kFaults.begin(), kFaults.end(), signal) != kFaults.end();
  if (is_fault) record_fault(endpoint().thread(), signal, 0);
  (void)endpoint().set_silent(true);
  endpoint().roll_back();
  drop_instance();
  (void)endpoint().take_holdings();
  (void)endpoint().set_silent(false);
  const bool has_ended = repair_turn();
  endpoint().begin_active();
  if (!has_ended) return wait_for_restart(end_by_signal(signal));
  close_actor(endpoint().thread(), endpoint().id(), {Code::ActorDied, end_by_signal(signal)});
  stage_ = Stage::Gone;
}

/// True when the actor had taken its end: it is to be closed.
bool ActorRunner::repair_turn() {
  shm::Member& member = endpoint().node().member();
  const auto leased = member.lease_thread();
  if (!leased.ok()) detail::unwrap_failed(Error(Code::NoMemory, "the table of threads is full"));
  const shm::Reaped reaped =
      shm::reap_turn(*leased.value(), endpoint().thread(), endpoint().id(), notifying_repair());
  return_undelivered(*leased.value());
  member.return_thread(leased.value());
  return !reaped.closing.empty();
}

void ActorRunner::wait_for_restart(const std::string& reason) {
  ActorSpec spec;
  adopt_children(endpoint());
  if (!read_spec(endpoint().segment(), endpoint().id(), spec)) return end_with(Code::ActorDied, reason);
  const Verdict verdict =
      verdict_on_crash(endpoint().thread(), endpoint().id(), spec.options.supervise, reason);
  if (verdict.what == Verdict::What::Ends) return end_with(Code::ActorDied, verdict.reason);
  stage_ = Stage::AwaitsRestart;
  endpoint().need_holdings().notes.set_restart_due(verdict.due_ns);
}

/// NOTIFIED -> ADOPTING -> ACTIVE.
bool ActorRunner::restart_when_due() {
  if (shm::now_ns() < endpoint().need_holdings().notes.restart_due_ns()) return false;
  stage_ = Stage::NotStarted;
  start();
  return true;
}

void ActorRunner::end_with(Code code, std::string_view reason) {
  BUSKIN_CHECK(stage_ != Stage::Gone);
  note_end(endpoint().thread(), endpoint().id(), exited(endpoint().self(), code, reason));
  endpoint().need_holdings().notes.end({code, std::string(reason)});
  stage_ = Stage::Ending;
}

bool ActorRunner::try_end() { return are_children_gone(endpoint()) && follow(runner_.hooks().stop()); }

/// Close, drain, one notice to the parent, and the slot is free.
void ActorRunner::finish_end() {
  shm::Segment& segment = endpoint().segment();
  shm::Thread& thread = endpoint().thread();
  const shm::ActorId id = endpoint().id();
  BUSKIN_CHECK(stage_ == Stage::Ending);
  const std::unique_ptr<Holdings> holdings = endpoint().take_holdings();
  if (holdings != nullptr) holdings->owed.forget_all(segment);
  LifeNotes notes = holdings == nullptr ? LifeNotes() : std::move(holdings->notes);
  const LifeNotes::End end = notes.take_end();
  stage_ = Stage::Gone;
  const shm::ActorId parent = shm::parent_of(segment, id);
  if (!shm::begin_close(thread, id)) return;
  shm::remove_name(thread, id);
  drain_mail(thread, {id});
  send_exit_notice(thread, id, parent, exited(endpoint().self(), end.code, end.reason));
  shm::release_slot(thread, id);
  if (const auto creator = notes.take_creator(); creator.has_value()) {
    const RequestFailed failed = request_failed(end.code, end.reason);
    (void)endpoint().Outbox::reply(endpoint().address_of(creator->mailbox), creator->correlation,
                                   detail::kMessageInfo<RequestFailed>, bytes_of(failed));
  }
}

}  // namespace buskin::runtime
