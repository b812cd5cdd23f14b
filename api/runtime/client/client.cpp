// Client: sends at once, and waits in place.
#include "api/runtime/client/client.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>
#include <utility>

#include "api/runtime/endpoint/dead_letters.hpp"
#include "api/runtime/endpoint/returned_notice.hpp"
#include "api/runtime/lifecycle/create.hpp"
#include "api/runtime/node/node.hpp"
#include "api/runtime/node/log.hpp"
#include "buskin/closed_endpoint.hpp"
#include "shm/base/check.hpp"
#include "shm/base/clock.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

namespace {

constexpr std::uint64_t kStep_ns = 1'000'000;  // Between two looks in base Sequential.
/// An actor that takes longer than this to start is reported as one that does not start.
constexpr std::uint64_t kStartMax_ns = 10'000'000'000;
constexpr std::uint32_t kLookEvery = 64;  // Sends between two looks for unread messages.

void refuse_in_turn(const char* sentence) {
  if (in_turn()) detail::unwrap_failed(Error(Code::WrongUse, sentence));
}

}  // namespace

std::unique_ptr<Client> Client::open(Node& node, shm::Thread& thread, Unread unread) {
  shm::SlotSpec spec;
  spec.flags = shm::SlotFlag::kClient;
  if (unread == Unread::OldestGoes) {
    // A sender must not wait for a thread that may never read.
    spec.mailbox.capacity = 2 * kUnreadMax;
    spec.mailbox.when_full = shm::WhenFull::KeepLatest;
  }
  // Without clients no process drains what fills the memory.
  const shm::WithPurpose purposed(thread, shm::Purpose::Supervision);
  const auto slot = shm::reserve_actor(thread, spec);
  if (!slot.ok()) throw std::runtime_error("buskin: there is no memory for a client's mailbox");
  shm::Segment& segment = node.segment();
  shm::set_wake(segment, slot.value().index, {thread.process(), thread.index(), shm::WakeWord::kNoBit});
  shm::unpark(segment, slot.value().index);
  (void)shm::change_life(segment, slot.value(), shm::LifeState::Reserved, shm::LifeState::Active, thread.process());
  return std::make_unique<Client>(node, thread, slot.value(), unread);
}

Client::Client(Node& node, shm::Thread& thread, shm::ActorId id, Unread unread)
    : EndpointBase(node, thread, id), unread_(unread) {
  for (const shm::Lane lane : {shm::Lane::Control, shm::Lane::Replies, shm::Lane::Messages}) {
    lanes_.emplace_back(node.segment(), id.index, lane);
  }
}

void Client::end(Code why) {
  wake();
  const std::lock_guard call(calls_);
  BUSKIN_CHECK(!is_ended_);
  is_ended_ = true;
  link_->endpoint = &detail::closed_endpoint(why);
  if (in_hand_.reader != nullptr) {
    // As a message that was kept, but for ever; and its type is read without the registry.
    detail::Incoming& incoming = *std::exchange(in_hand_.incoming, nullptr);
    incoming.type_name = (shown_type_ = incoming.type_name);
    incoming.info = nullptr;
    incoming.block = 0;  // From here on it is read alone.
    if (incoming.fate == detail::Incoming::Fate::InHand) in_hand_.reader->complete_kept(*thread_, in_hand_.hand);
    thread_->count(shm::Counter::Handled);
    in_hand_ = {};
  }
  requests_.clear();
  abandon_actor(*thread_, id_);
}

void Client::wake() { shm::wake_target_of(node_->segment(), id_.index); }

void Client::log(Level level, std::string_view event, std::span<const LogField> fields) {
  write_log(level, "client", event, fields);
}

void Client::wake_at(shm::ThreadIndex target) {
  shm::set_wake(node_->segment(), id_.index, {thread_->process(), target, shm::WakeWord::kNoBit});
}

void Client::use_thread(shm::Thread& thread) {
  if (thread_ == &thread) return;
  thread_ = &thread;
  if (watcher_ == shm::ThreadIndex{}) wake_at(thread.index());
}

void Client::set_watcher(shm::ThreadIndex watcher, std::function<void()> resume) {
  BUSKIN_CHECK(watcher_ == shm::ThreadIndex{});  // A mailbox wakes one thread.
  watcher_ = watcher;
  resume_ = std::move(resume);
  wake_at(watcher);
  resume_();
}

/// Completes the message at once: a poll is not repeated as a turn is.
detail::LeasePtr Client::keep(detail::Incoming& delivery) {
  // One that does not lie in the segment, or whose system has ended while it was shown: there is no node then.
  if (delivery.block == 0 || is_ended_) return detail::closed_endpoint(Code::WrongUse).keep(delivery);
  if (node_->is_forked()) return detail::closed_endpoint(Code::Forked).keep(delivery);
  BUSKIN_CHECK(in_hand_.incoming == &delivery);
  delivery.fate = detail::Incoming::Fate::Kept;
  in_hand_.reader->complete_kept(*thread_, in_hand_.hand);
  return std::make_unique<KeptLease>(*node_, delivery, nullptr, std::move(*in_hand_.lent));
}

/// A turn of its own: a death leaves the message with one of the two.
Status Client::forward(Address to, detail::Incoming& delivery) {
  if (is_ended_ || node_->is_forked()) return is_ended_ ? Code::ShuttingDown : Code::Forked;
  const detail::SendSpec send_spec{to, delivery.info, {}, detail::Wait::AsConfigured};
  if (is_expanded(node_->segment(), delivery)) return post(send_spec, delivery.bytes);
  if (in_hand_.incoming != &delivery) {
    return refuse(send_spec, Error(Code::WrongUse, "forward takes a message that its own poll or listen shows"));
  }
  shm::Staged passed_on;
  const Status status = take_room(to, passed_on);
  if (!status.ok()) {
    if (delivery.correlation != 0) tell(actor_at(delivery.sender), request_failed(status.code()), delivery.correlation);
    delivery.fate = detail::Incoming::Fate::Kept;  // It goes on inside the notice about it.
    in_hand_.reader->complete_kept(*thread_, in_hand_.hand);
    return refuse(send_spec, status, in_hand_.hand.handle);
  }
  delivery.fate = detail::Incoming::Fate::Forwarded;
  shm::commit_turn(*thread_, *in_hand_.reader, in_hand_.hand, std::span(&passed_on, 1));
  return_undelivered(*thread_);  // Its receiver may have ended just now.
  return {};
}

/// Room in the receiver's mailbox for the message in hand; it waits as a send does.
Status Client::take_room(Address to, shm::Staged& passed_on) {
  shm::ActorId id{};
  if (Status found = resolve(to, id); !found.ok()) return found;
  if (!shm::is_open(node_->segment(), id)) return Code::NoSuchActor;
  passed_on = {shm::EntryKind::Send, shm::Lane::Messages, in_hand_.hand.handle, id};
  const Outgoing outgoing{.to = {id}, .deadline_ns = in_hand_.incoming->deadline_ns};
  if (Status fits = check_bytes(outgoing, in_hand_.incoming->bytes.size()); !fits.ok()) return fits;
  const RoomLimit limit = room_limit(outgoing);
  shm::RoomWaiter room(*thread_, waiter(), shm::room_need_of(node_->segment(), outgoing.to.id, passed_on.block));
  // Ends: with room, without a receiver, or when wait_for_place() reports the deadline or a circle.
  while (!shm::take_room(node_->segment(), passed_on)) {
    if (!may_wait(outgoing)) return Code::MailboxFull;
    const shm::RoomWait wait = wait_for_place(room, limit.deadline_ns);
    if (wait == shm::RoomWait::WouldDeadlock) return Code::WouldDeadlock;
    if (wait == shm::RoomWait::Deadline) return limit.code;
  }
  return {};
}

Client::Request* Client::find_request(std::uint64_t id) {
  const auto found = std::find_if(requests_.begin(), requests_.end(), [&](const Request& r) { return r.id == id; });
  return found == requests_.end() ? nullptr : &*found;
}

detail::RequestId Client::request(const detail::SendSpec& send_spec, std::span<const std::byte> bytes,
                                  Duration timeout) {
  const std::uint64_t id = next_request_++;
  Request request{id, deadline_after(timeout), Error(), nullptr};
  shm::ActorId to{};
  Status status = resolve(send_spec.to, to);
  if (status.ok()) {
    status = send_message({.to = {to}, .correlation = id, .wait = send_spec.wait, .deadline_ns = request.deadline_ns},
                          *send_spec.info, bytes);
  }
  if (!status.ok()) request.error = status.error(), request.done = true;
  requests_.push_back(std::move(request));
  return static_cast<detail::RequestId>(id);
}

void Client::abandon(detail::RequestId id) {
  std::erase_if(requests_, [&](const Request& request) { return request.id == static_cast<std::uint64_t>(id); });
}

detail::LeasePtr Client::wait(detail::RequestId id, Error& error) {
  if (node_->is_forked()) return detail::closed_endpoint(Code::Forked).wait(id, error);
  refuse_in_turn("ask inside a turn would block this actor: use request");
  const std::lock_guard call(calls_);
  // A request that found no room is often sent again: on base Sequential only this makes room.
  node_->run_until_idle();
  // Ends: the answer, or the deadline of the request.
  for (;;) {
    const Request& asked = *find_request(static_cast<std::uint64_t>(id));
    const bool is_in_time = asked.done || wait_for(Awaited::Reply, asked.deadline_ns);
    take_replies();
    // Again: on base Sequential an actor that ran meanwhile may have sent a request through this client.
    Request* const request = find_request(static_cast<std::uint64_t>(id));
    const bool is_stopped = node_->system_stop().is_set();
    if (!request->done && is_stopped) request->error = Error(Code::ShuttingDown);
    if (!request->done && !is_in_time) request->error = Error(Code::TimedOut, "no answer came before the deadline");
    if (request->done || is_stopped || !is_in_time) {
      error = request->error;
      detail::LeasePtr reply = std::move(request->reply);
      abandon(id);
      return reply;
    }
  }
}

std::size_t Client::listen(Duration timeout, const Show& show) {
  refuse_in_turn("listen inside a turn would block this actor: what comes back to it comes to its handlers");
  if (node_->is_forked()) return 0;
  const std::lock_guard call(calls_);
  const std::uint64_t deadline_ns = deadline_after(timeout);
  std::size_t count = 0;
  // Ends: with a message, or at the deadline. A reply that comes late is none.
  while (count == 0 && !is_showing_ && wait_for(Awaited::Any, deadline_ns)) {
    drop_unread();
    count = take(show);
  }
  return count;
}

Status Client::transmit(const Outgoing& outgoing, shm::Handle block) {
  if (++sent_ % kLookEvery == 0) [[unlikely]] drop_unread();
  const Status sent = send_now(outgoing, block);
  thread_->heap().park_if_large();  // This thread may call nothing for a long time.
  return sent;
}

bool Client::has(Awaited awaited) {
  // After the stop no answer comes.
  if (awaited == Awaited::Reply) return reader(shm::Lane::Replies).poll() || node_->system_stop().is_set();
  if (has_news_of_stop() || !untold_.is_empty()) return true;
  return std::any_of(lanes_.begin(), lanes_.end(), [](shm::LaneReader& lane) { return lane.poll(); });
}

/// On base Sequential no other thread runs, so only a deadline ends the wait: this one, or that of an actor's request.
bool Client::run_until(Awaited awaited, std::uint64_t deadline_ns) {
  // Ends: what is awaited, or the deadline.
  for (;;) {
    node_->run_until_idle();
    if (has(awaited)) return true;
    drop_unread();
    const std::uint64_t now = shm::now_ns();
    if (now >= deadline_ns) return false;
    shm::sleep_until(*thread_, std::min(deadline_ns, now + kStep_ns), [] { return true; });
  }
}

bool Client::wait_for(Awaited awaited, std::uint64_t deadline_ns) {
  if (awaited == Awaited::Any && has_shown_stop_) deadline_ns = 0;
  if (node_->is_sequential()) return run_until(awaited, deadline_ns);
  if (watcher_ == shm::ThreadIndex{}) return sleep_for(awaited, deadline_ns);
  wake_at(thread_->index());
  const bool has_come = sleep_for(awaited, deadline_ns);
  wake_at(watcher_);
  resume_();
  return has_come;
}

bool Client::sleep_for(Awaited awaited, std::uint64_t deadline_ns) {
  shm::Segment& segment = node_->segment();
  // Ends: what is awaited, or the deadline.
  for (;;) {
    if (spin_.look([&] { return has(awaited); })) return true;
    if (shm::now_ns() >= deadline_ns) return false;
    drop_unread();
    if (park_idle(awaited)) {
      shm::sleep_until(*thread_, deadline_ns, [&] { return !has(awaited); });
      spin_.slept();
    }
    shm::unpark(segment, id_.index);
  }
}

bool Client::park_idle(Awaited awaited) {
  if (awaited == Awaited::Any && !untold_.is_empty()) return false;
  Positions known{};
  for (const shm::LaneReader& lane : lanes_) {
    const bool is_awaited = awaited == Awaited::Any || lane.lane() == shm::Lane::Replies;
    const std::uint32_t waiting = is_awaited ? 0 : shm::pending_count(node_->segment(), id_.index, lane.lane());
    known[static_cast<std::size_t>(lane.lane())] = lane.done() + waiting;
  }
  return !shm::park(node_->segment(), id_.index, known);
}

/// A message in hand stays where it is, and so do those behind it: what shows it now may send.
void Client::drop_unread() {
  if (unread_ == Unread::Stays || is_showing_) return;
  drop_oldest(reader(shm::Lane::Control));
  drop_oldest(reader(shm::Lane::Messages));
}

void Client::drop_oldest(shm::LaneReader& reader) {
  const std::uint32_t waiting = shm::pending_count(node_->segment(), id_.index, reader.lane());
  // Ends: with those that are there now.
  for (std::uint32_t left = waiting; left > kUnreadMax && reader.poll(); --left) {
    const shm::PayloadView next = shm::view_payload(node_->segment(), reader.next());
    const bool is_about_another = shm::is_returned(next) || is_notice(types().info_of(next.type).id);
    if (unread_ == Unread::OldNoticesGo && !is_about_another) return;
    reader.complete(*thread_, reader.begin(shm::Phase::Running));
    thread_->count(shm::Counter::Unread);
  }
}

void Client::take_reply(shm::LaneReader& reader) {
  const shm::Hand hand = reader.begin(shm::Phase::Running);
  detail::Incoming incoming = read(hand);
  Request* const request = find_request(incoming.correlation);
  if (request == nullptr || request->done) {
    reader.complete(*thread_, hand);
    return thread_->count(shm::Counter::LateReply);
  }
  request->done = true;
  request->error = error_of_reply(incoming);
  if (request->error.code() != Code::Ok) {
    reader.complete(*thread_, hand);
    return thread_->count(shm::Counter::Handled);
  }
  reader.complete_kept(*thread_, hand);
  thread_->count(shm::Counter::Handled);
  LentCopy lent = lend_copy(incoming);
  request->reply = std::make_unique<KeptLease>(*node_, incoming, nullptr, std::move(lent));
}

void Client::take_replies() {
  shm::LaneReader& replies = reader(shm::Lane::Replies);
  // Ends: after kFetchMax replies, or when the lane is empty.
  for (std::uint32_t i = 0; i < shm::kFetchMax && replies.poll(); ++i) take_reply(replies);
}

/// What follows a call of `show`, also when it throws.
struct Client::Showing {
  explicit Showing(Client& client) : shown_by(client) { client.is_showing_ = true; }
  ~Showing() {
    shown_by.is_showing_ = false;
    const InHand done = std::exchange(shown_by.in_hand_, {});
    if (done.reader == nullptr || shown_by.node_->is_forked()) return;  // The system has ended; or a child of a fork.
    if (done.incoming->fate == detail::Incoming::Fate::InHand) done.reader->complete(*shown_by.thread_, done.hand);
    shown_by.thread_->count(shm::Counter::Handled);
  }
  Client& shown_by;
};

std::size_t Client::take(const Show& show) {
  if (is_showing_ || node_->is_forked()) return 0;
  take_replies();
  std::size_t count = 0;
  for (const shm::Lane lane : {shm::Lane::Control, shm::Lane::Messages}) {
    shm::LaneReader& mail = reader(lane);
    // Ends: after kFetchMax messages, when the lane is empty, or when the system ended in `show`.
    for (std::uint32_t i = 0; i < shm::kFetchMax && !is_ended_ && mail.poll(); ++i) {
      show_next(mail, show);
      ++count;
    }
  }
  if (is_ended_) return count;
  count += untold_.show_all([&](detail::Incoming& incoming) {
    const Showing showing(*this);
    show(incoming);
  });
  return count + show_stop(show);
}

void Client::show_next(shm::LaneReader& reader, const Show& show) {
  const shm::Hand hand = reader.begin(shm::Phase::Running);
  detail::Incoming incoming = read(hand);
  LentCopy lent = lend_copy(incoming);  // Longer than in_hand_, which ends with the system.
  in_hand_ = {&reader, hand, &incoming, &lent};
  const Showing showing(*this);
  show(incoming);
}

/// The last message.
std::size_t Client::show_stop(const Show& show) {
  if (!has_news_of_stop()) return 0;
  has_shown_stop_ = true;
  const SystemStopped notice = node_->system_stop().notice();
  detail::Incoming incoming = incoming_of(notice);
  const Showing showing(*this);
  show(incoming);
  return 1;
}

Result<Address> Client::create(const detail::ActorInfo& actor, const CreateOptions& options,
                               std::span<const std::byte> init) {
  ActorSpec spec;
  spec.options = options;
  spec.init.assign(init.begin(), init.end());
  spec.correlation = next_request_++;
  requests_.push_back({spec.correlation, shm::now_ns() + kStartMax_ns, Error(), nullptr});
  const auto request = static_cast<detail::RequestId>(spec.correlation);
  const Result<shm::ActorId> made = create_actor({.node = *node_, .thread = *thread_, .creator = id_}, actor, spec);
  if (!made.ok()) {
    abandon(request);
    return made.error();
  }
  Error error;
  const detail::LeasePtr created = wait(request, error);
  return created == nullptr ? Result<Address>(error) : address_of(*made);
}

}  // namespace buskin::runtime
