// ActorEndpoint: requests and replies, children, timers, and the small verbs.
#include "api/runtime/cell/actor_endpoint.hpp"

#include <algorithm>
#include <exception>

#include "api/runtime/endpoint/actor_sender.hpp"
#include "api/runtime/lifecycle/close.hpp"
#include "api/runtime/lifecycle/create.hpp"
#include "api/runtime/node/addresses.hpp"
#include "api/runtime/node/deadline.hpp"
#include "api/runtime/node/log.hpp"
#include "shm/actor/actor_end.hpp"
#include "shm/base/check.hpp"
#include "shm/base/clock.hpp"
#include "shm/names/names.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

namespace {

/// The answers of a turn that is undone are owed again, but those to whom they were given do not come again: they get
/// the error.
void owe_again(ActorEndpoint& actor, const std::vector<shm::ReplyIndex>& rows) {
  OwedReplies& owed = actor.need_holdings().owed;
  for (const shm::ReplyIndex row : rows) actor.active().dropped.push_back(owed.restore(actor.segment(), row));
}

}  // namespace

ActorEndpoint::ActorEndpoint(Node& node, shm::Thread& thread, shm::ActorId id, const detail::ActorInfo& info)
    : TurnOutbox(node, thread, id), is_exact_(info.delivery == Delivery::ExactlyOnce) {
  wants_restarts_ = std::any_of(info.handlers.begin(), info.handlers.end(), [](const detail::HandlerInfo& handler) {
    return handler.message->id == detail::message_id<ChildActorRestarted>;
  });
}

Holdings& ActorEndpoint::need_holdings() {
  if (holdings_ == nullptr) holdings_ = std::make_unique<Holdings>(id_);
  return *holdings_;
}

void ActorEndpoint::drop_empty_holdings() {
  if (holdings_ != nullptr && holdings_->is_empty()) holdings_.reset();
}

detail::RequestId ActorEndpoint::request(const detail::SendSpec& send_spec, std::span<const std::byte> bytes,
                                         Duration timeout) {
  const std::uint64_t id = ids_.take();
  Requests& requests = need_holdings().requests;
  const std::uint64_t deadline_ns = deadline_after(timeout);
  requests.add(id, deadline_ns, send_spec.info->name);
  shm::ActorId to{};
  Status status = resolve(send_spec.to, to);
  if (status.ok()) {
    status = send_message({.to = {to}, .correlation = id, .wait = send_spec.wait, .deadline_ns = deadline_ns},
                          *send_spec.info, bytes);
  }
  if (!status.ok()) requests.fail(id, status.error());
  return static_cast<detail::RequestId>(id);
}

void ActorEndpoint::await(detail::RequestId id, detail::ContinuationPtr next) {
  need_holdings().requests.await(static_cast<std::uint64_t>(id), std::move(next));
}

void ActorEndpoint::abandon(detail::RequestId id) {
  if (holdings_ != nullptr) holdings_->requests.abandon(static_cast<std::uint64_t>(id));
}

std::optional<Duration> ActorEndpoint::remaining() const {
  const std::uint64_t deadline_ns = active().turn.deadline_ns();
  if (deadline_ns == 0) return std::nullopt;
  const std::uint64_t now = shm::now_ns();
  return Duration(static_cast<Duration::rep>(deadline_ns > now ? deadline_ns - now : 0));
}

Status ActorEndpoint::reply(Address asker, std::uint64_t correlation, const detail::MessageInfo& info,
                            std::span<const std::byte> bytes) {
  if (is_silent()) return {};
  if (node_->is_forked()) return Code::Forked;
  const bool is_failure = info.id == detail::message_id<RequestFailed>;
  const Owed owed = owed_to(asker, correlation);
  if (is_failure && is_active() && (std::uncaught_exceptions() > 0 || active().is_undoing || is_lacking())) {
    // A handler that throws drops its ReplyTo on the way out. Whether the attempt failed is known when it is over.
    active().dropped.push_back(owed);
    return {};
  }
  if (is_lacking()) return Code::NoMemory;
  if (is_active()) {
    // The message went on with its question; that nobody here answers is as it should be.
    if (is_failure && active().turn.has_passed_on(owed)) return {};
    active().turn.answer(owed);
  }
  if (is_failure && reinterpret_cast<const RequestFailed*>(bytes.data())->code == Code::NoReply) {
    thread_->count(shm::Counter::NoReply);
  }
  const auto row = holdings_ == nullptr ? std::nullopt : holdings_->owed.take(owed);
  if (row.has_value()) return answer_kept(owed, *row, info, bytes);
  const Status sent = Outbox::reply(asker, correlation, info, bytes);
  if (sent.code() == Code::NoMemory && is_active() && active().turn.answer_by_block(owed)) return {};
  return sent;
}

/// There is no memory for the answer of an earlier message: it is still owed, and the turn is begun again.
Status ActorEndpoint::owe_still(shm::ReplyIndex row, std::uint64_t bytes) {
  (void)need_holdings().owed.restore(segment(), row);
  if (is_active()) lack_memory(bytes);
  return Code::NoMemory;
}

Status ActorEndpoint::answer_kept(const Owed& owed, shm::ReplyIndex row, const detail::MessageInfo& info,
                                  std::span<const std::byte> bytes) {
  if (is_active() && active().turn.is_staging()) {
    // With the turn, or not at all. A death between the commit and the end of the row answers twice, and the
    // second answer is counted as late.
    const Address asker = address_of(shm::ActorId::from_word(owed.asker));
    const Status sent = Outbox::reply(asker, owed.correlation, info, bytes);
    if (sent.code() == Code::NoMemory) return owe_still(row, bytes.size());
    active().output.end_row(row);
    return sent;
  }
  const shm::Envelope envelope{
      .type = types().index_of(info), .flags = flags_now(), .sender = id_, .correlation = owed.correlation};
  const auto block = shm::make_block(*thread_, envelope, bytes);
  if (!block.ok()) return owe_still(row, bytes.size());
  shm::answer_kept(*thread_, row, block.value());
  return {};
}

void ActorEndpoint::keep_question(std::uint64_t seq) {
  need_holdings().owed.keep(*thread_, id_, seq, active().turn.take_question());
}

Result<Address> ActorEndpoint::create(const detail::ActorInfo& actor, const CreateOptions& options,
                                      std::span<const std::byte> init) {
  if (node_->is_forked()) return Error(Code::Forked);
  const std::uint64_t key =
      options.name.empty() ? active().turn.next_child_key(actor.id) : detail::hash_text(options.name);
  if (const auto known = find_child(options.name, key); known.has_value()) return address_of(*known);
  ActorSpec spec;
  spec.options = options;
  spec.init.assign(init.begin(), init.end());
  const Result<Address> made = create_child(actor, spec, key);
  if (made.ok()) {
    need_holdings().children.add(actor_at(*made), key);
    return made;
  }
  const Address child = address_of_nobody();
  report_unstarted(child, made.error());
  return child;
}

/// For a child that could not be created: an address of its own, at which no actor ever lives.
Address ActorEndpoint::address_of_nobody() {
  const auto reserved = shm::reserve_actor(*thread_, {});
  // Without a slot: a life of our own slot before the first.
  if (!reserved.ok()) return {segment().system_id(), static_cast<std::uint32_t>(id_.index), 0};
  abandon_actor(*thread_, reserved.value());
  return address_of(reserved.value());
}

std::optional<shm::ActorId> ActorEndpoint::find_child(const std::string& name, std::uint64_t key) {
  if (holdings_ == nullptr) return std::nullopt;
  // Only a turn that ran before can find a child of its own.
  if (name.empty()) return active().turn.is_repeated() ? holdings_->children.find(key) : std::nullopt;
  const shm::ActorId holder = shm::find_name(segment(), name);
  return holdings_->children.has(holder) ? std::optional(holder) : std::nullopt;
}

/// At once, or with the turn: then it is only reserved so far. Its name and address are there, and messages for it
/// wait in its mailbox.
Result<Address> ActorEndpoint::create_child(const detail::ActorInfo& actor, ActorSpec& spec, std::uint64_t key) {
  const Creation creation{.node = *node_,
                          .thread = *thread_,
                          .creator = id_,
                          .parent = id_,
                          .key = key,
                          .parent_flags = wants_restarts_ ? shm::SlotFlag::kParentWantsRestarts : 0};
  const bool is_exact = active().turn.is_exact();
  const Result<shm::ActorId> id =
      is_exact ? reserve_actor_slot(creation, actor, spec) : create_actor(creation, actor, spec);
  if (!id.ok()) return id.error();
  if (!is_exact) return address_of(*id);
  active().output.stage(node_->stage_start(*thread_, *id, spec));
  active().output.add_child(*id);
  return address_of(*id);
}

/// The child that was created is not there: as if it had ended.
void ActorEndpoint::report_unstarted(Address child, const Error& error) {
  tell(id_, exited(child, error.code(), error.what()));
}

/// The others are asked for by the journal; those that no admin took are ours as well.
void ActorEndpoint::start_children(const std::vector<shm::ActorId>& children) {
  for (const shm::ActorId id : children) {
    const shm::LifeWord life = shm::life_of(segment(), id);
    ActorSpec spec;
    const bool is_ours = life.state == shm::LifeState::Requested && life.host == thread_->process();
    if (!is_ours || !read_spec(segment(), id, spec)) continue;
    const Status status = node_->start_actor(*thread_, id, spec);
    if (status.ok()) continue;
    abandon_children({id});
    report_unstarted(address_of(id), status.error());
  }
}

void ActorEndpoint::abandon_children(const std::vector<shm::ActorId>& children) {
  for (const shm::ActorId id : children) {
    BUSKIN_CHECK(holdings_ != nullptr);
    abandon_actor(*thread_, id);
    holdings_->children.remove(id);
  }
}

void ActorEndpoint::undo_turn() {
  ActiveState& active = this->active();
  if (active.output.has_rows()) owe_again(*this, active.output.take_rows());
  const std::vector<shm::ActorId> children = active.output.drop(*thread_);
  active.waiting.clear();
  if (active.lease != nullptr) std::exchange(active.lease, nullptr)->detach();
  active.is_undoing = true;
  active.answered.reset();
  if (holdings_ != nullptr) holdings_->undo_turn(active.turn.first_id(), active.is_gathering());
  active.is_undoing = false;
  // The attempt does not answer the message in hand, which comes again or is given up.
  std::erase_if(active.dropped, [&](const Owed& owed) { return active.turn.has_question(owed); });
  abandon_children(children);
  if (std::exchange(wish_, Wish::None) != Wish::None) shm::forget_end(segment(), id_);
  active.turn = TurnState();
}

void ActorEndpoint::answer_dropped(const Error& error) {
  const RequestFailed failed = request_failed(error.code(), error.what());
  for (const Owed& owed : std::exchange(active().dropped, {})) {
    (void)reply(address_of(shm::ActorId::from_word(owed.asker)), owed.correlation, detail::kMessageInfo<RequestFailed>,
                bytes_of(failed));
  }
}

void ActorEndpoint::note_end(const EndAt& at) {
  if (wish_ != Wish::End && wish_ != Wish::EndAlone) return;
  runtime::note_end(*thread_, id_, exited(self(), Code::Ok, "exit"), {at.lane, at.seq, wish_ == Wish::End});
}

void ActorEndpoint::roll_back() {
  if (active().is_gathering()) {
    const Group::Forgotten forgotten = active().group->forget(*thread_);
    active().is_undoing = true;
    if (holdings_ != nullptr) holdings_->undo_turn(forgotten.first_id, false);
    active().is_undoing = false;
    active().dropped.clear();  // The questions of the group come again; a new instance answers older ones.
    if (!forgotten.rows.empty()) owe_again(*this, forgotten.rows);
    abandon_children(forgotten.children);
  }
  undo_turn();
}

void ActorEndpoint::host_child(shm::ActorId child) {
  if (!shm::awaits_host(segment(), child) || !shm::is_local(segment(), child)) return;
  ActorSpec spec;
  const Status hosted = read_spec(segment(), child, spec) ? node_->host(child, spec) : Status(Code::NoSuchActor);
  if (!hosted.ok()) close_actor(*thread_, child, {hosted.code(), hosted.error().what()});
}

std::vector<Child> ActorEndpoint::children() {
  std::vector<Child> list;
  if (holdings_ == nullptr || node_->is_forked()) return list;
  for (const shm::ActorId id : holdings_->children.list()) {
    ActorSpec spec;
    if (!shm::is_open(segment(), id) || !read_spec(segment(), id, spec)) continue;
    list.push_back({address_of(id), spec.options.name, spec.type_name});
  }
  return list;
}

void ActorEndpoint::exit(Address actor, const ExitOptions& options) {
  if (actor != self() || !options.now) return Outbox::exit(actor, options);
  wish_ = options.recursive ? Wish::End : Wish::EndAlone;
}

void ActorEndpoint::log(Level level, std::string_view event, std::span<const LogField> fields) {
  if (node_->is_forked()) return;
  std::string& name = need_holdings().log_name;
  if (name.empty()) {
    ActorSpec spec;
    (void)read_spec(segment(), id_, spec);
    name = spec.options.name.empty() ? spec.type_name : spec.options.name;
  }
  write_log(level, name, event, fields);
}

std::shared_ptr<detail::SenderEndpoint> ActorEndpoint::sender() {
  std::shared_ptr<detail::SenderEndpoint>& sender = need_holdings().sender;
  if (sender == nullptr) sender = std::make_shared<ActorSender>(*node_, id_, !is_exact_);
  return sender;
}

void ActorEndpoint::overlay(const detail::MessageInfo& info, Overlay handler) {
  need_holdings().overlays.set(info.id, std::move(handler));
}

std::uint64_t ActorEndpoint::set_timer(const detail::MessageInfo& info, std::span<const std::byte> bytes,
                                       const detail::Schedule& schedule) {
  if (node_->is_forked()) return 0;
  Timers& timers = need_holdings().timers;
  if (timers.is_full()) {
    log(Level::Warning, "too_many_timers", {});
    return 0;
  }
  const shm::TimerSpec spec{ids_.take(), shm::now_ns() + positive(schedule.delay), positive(schedule.period)};
  if (active().turn.is_exact()) {
    const auto timer = timers.set_with_turn(*thread_, spec, types().index_of(info), bytes);
    if (timer.ok()) active().output.stage(timer.value());
    else lack_memory(bytes.size());
  } else {
    timers.set(spec, info, bytes);
  }
  return spec.id;
}

void ActorEndpoint::cancel_timer(std::uint64_t timer) {
  if (holdings_ == nullptr || node_->is_forked()) return;
  if (!active().turn.is_exact()) return holdings_->timers.cancel(*thread_, timer);
  const auto entry = holdings_->timers.cancel_with_turn(timer);
  if (entry.has_value()) active().output.stage(*entry);
}

bool ActorEndpoint::settle_sends() {
  return settle([this](const WaitingSends::Send& send, Code code) {
    if (code == Code::WouldDeadlock) thread_->count(shm::Counter::WouldDeadlock);
    if (send.correlation != 0) {
      need_holdings().requests.fail(send.correlation, Error(code));
      active().output.withdraw(*thread_, send.entry);
    } else {
      report_unsent(send.entry, code);
      active().output.withdraw_given(*thread_, send.entry);
    }
  });
}

}  // namespace buskin::runtime
