// Client: sends at once, and waits in place.
#include "api/runtime/client/client.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "api/runtime/lifecycle/create.hpp"
#include "api/runtime/node/node.hpp"
#include "api/runtime/node/log.hpp"
#include "shm/base/check.hpp"
#include "shm/base/clock.hpp"

namespace buskin::runtime {

namespace {

constexpr std::uint64_t kStep_ns = 1'000'000;  // Between two looks in base Sequential.
/// An actor that takes longer than this to start is reported as one that does not start.
constexpr std::uint64_t kStartMax_ns = 10'000'000'000;

}  // namespace

bool& in_turn() {
  thread_local bool turn = false;
  return turn;
}

std::unique_ptr<Client> Client::open(Node& node, shm::Thread& thread) {
  shm::SlotSpec spec;
  spec.flags = shm::SlotFlag::kClient;
  const auto slot = shm::reserve_actor(thread, spec);
  if (!slot.ok()) throw std::runtime_error("buskin: there is no memory for a client's mailbox");
  shm::Segment& segment = node.segment();
  shm::set_wake(segment, slot.value().index, {thread.process(), thread.index(), shm::WakeWord::kNoBit});
  shm::unpark(segment, slot.value().index);
  (void)shm::change_life(segment, slot.value(), shm::LifeState::Reserved, shm::LifeState::Active, thread.process());
  return std::make_unique<Client>(node, thread, slot.value());
}

Client::Client(Node& node, shm::Thread& thread, shm::ActorId id) : EndpointBase(node, thread, id) {
  for (const shm::Lane lane : {shm::Lane::Control, shm::Lane::Replies, shm::Lane::Messages}) {
    lanes_.emplace_back(node.segment(), id.index, lane);
  }
}

Client::~Client() {
  requests_.clear();
  abandon_actor(*thread_, id_);
}

void Client::log(Level level, std::string_view event, std::span<const LogField> fields) {
  write_log(level, "client", event, fields);
}

/// Completes the message at once: a poll is not repeated as a turn is.
detail::LeasePtr Client::keep(detail::Incoming& delivery) {
  BUSKIN_CHECK(in_hand_.reader != nullptr && in_hand_.hand.handle == static_cast<shm::Handle>(delivery.block));
  delivery.fate = detail::Incoming::Fate::Kept;
  in_hand_.reader->complete_kept(*thread_, in_hand_.hand);
  return std::make_unique<KeptLease>(*node_, delivery, nullptr);
}

Client::Request* Client::find_request(std::uint64_t id) {
  const auto found = std::find_if(requests_.begin(), requests_.end(), [&](const Request& r) { return r.id == id; });
  return found == requests_.end() ? nullptr : &*found;
}

detail::RequestId Client::request(const detail::SendSpec& send_spec, std::span<const std::byte> bytes,
                                  Duration timeout) {
  const std::uint64_t id = next_request_++;
  Request request{id, shm::now_ns() + static_cast<std::uint64_t>(timeout.count()), Error(), nullptr};
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
  if (in_turn()) detail::unwrap_failed(Error(Code::WrongUse, "ask inside a turn would block this actor: use request"));
  // A request that found no room is often sent again: on base Sequential only this makes room.
  node_->run_until_idle();
  // Ends: the answer, or the deadline of the request.
  for (;;) {
    Request* const request = find_request(static_cast<std::uint64_t>(id));
    if (!request->done && !wait_for_mail(request->deadline_ns)) {
      request->error = Error(Code::TimedOut, "no answer came before the deadline");
      request->done = true;
    }
    if (request->done) {
      error = request->error;
      detail::LeasePtr reply = std::move(request->reply);
      abandon(id);
      return reply;
    }
    (void)take([](detail::Incoming&) {});
  }
}

bool Client::has_mail() {
  return std::any_of(lanes_.begin(), lanes_.end(), [](shm::LaneReader& lane) { return lane.poll(); });
}

/// On base Sequential no other thread runs, so only a deadline ends the wait: this one, or that of an actor's request.
bool Client::run_until_mail(std::uint64_t deadline_ns) {
  // Ends: mail, or the deadline.
  for (;;) {
    node_->run_until_idle();
    if (has_mail()) return true;
    const std::uint64_t now = shm::now_ns();
    if (now >= deadline_ns) return false;
    shm::sleep_until(*thread_, std::min(deadline_ns, now + kStep_ns), [] { return true; });
  }
}

bool Client::wait_for_mail(std::uint64_t deadline_ns) {
  if (node_->is_sequential()) return run_until_mail(deadline_ns);
  shm::Segment& segment = node_->segment();
  // Ends: mail, or the deadline.
  for (;;) {
    if (spin_.look([this] { return has_mail(); })) return true;
    if (shm::now_ns() >= deadline_ns) return false;
    const std::uint64_t done[shm::kLaneCount] = {lanes_[0].done(), lanes_[1].done(), lanes_[2].done()};
    if (!shm::park(segment, id_.index, done)) {
      shm::sleep_until(*thread_, deadline_ns, [&] { return !has_mail(); });
      spin_.slept();
    }
    shm::unpark(segment, id_.index);
  }
}

bool Client::park_idle() {
  const std::uint64_t done[shm::kLaneCount] = {lanes_[0].done(), lanes_[1].done(), lanes_[2].done()};
  return !shm::park(node_->segment(), id_.index, done);
}

void Client::take_reply(shm::LaneReader& reader) {
  const shm::Hand hand = reader.begin(shm::Phase::Running);
  const detail::Incoming incoming = read(hand);
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
  request->reply = std::make_unique<KeptLease>(*node_, incoming, nullptr);
}

std::size_t Client::take(const Visit& visit) {
  std::size_t count = 0;
  for (shm::LaneReader& reader : lanes_) {
    // Ends: after kFetchMax messages, or when the lane is empty.
    for (std::uint32_t i = 0; i < shm::kFetchMax && reader.poll(); ++i) {
      if (reader.lane() == shm::Lane::Replies) {
        take_reply(reader);
        continue;
      }
      const shm::Hand hand = reader.begin(shm::Phase::Running);
      detail::Incoming incoming = read(hand);
      in_hand_ = {&reader, hand};
      visit(incoming);
      in_hand_ = {};
      if (incoming.fate != detail::Incoming::Fate::Kept) reader.complete(*thread_, hand);
      thread_->count(shm::Counter::Handled);
      ++count;
    }
  }
  return count;
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
  if (created == nullptr) return error;
  return address_of(*made);
}

}  // namespace buskin::runtime
