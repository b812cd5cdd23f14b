// Outbox: bytes into blocks, blocks into mailboxes.
#include "api/runtime/endpoint/outbox.hpp"

#include <algorithm>
#include <cstring>

#include "api/runtime/endpoint/returned_notice.hpp"
#include "api/runtime/node/addresses.hpp"
#include "api/runtime/node/deadline.hpp"
#include "api/runtime/node/node.hpp"
#include "shm/actor/slot_order.hpp"
#include "shm/base/check.hpp"
#include "shm/base/clock.hpp"
#include "shm/memory/carrier.hpp"
#include "shm/names/names.hpp"
#include "shm/actor/turn.hpp"
#include "shm/segment/slot_facts.hpp"
#include "shm/segment/system_words.hpp"

namespace buskin::runtime {

namespace {

constexpr std::uint64_t kRoomSlice_ns = 20'000'000;  // Between two looks whether the wait was called off.
constexpr auto kForever_ns = static_cast<std::uint64_t>(kForever.count());

Error memory_error(shm::MemoryError error) {
  return Error(error == shm::MemoryError::TooBig ? Code::TooBig : Code::NoMemory);
}

/// The deadline of a message that expires; 0 of one that does not.
std::uint64_t deadline_of(const SendOptions& options) {
  if (options.expires.count() == 0) return 0;
  return deadline_after(options.expires);
}

shm::Counter counter_of(Code code) {
  switch (code) {
    case Code::MailboxFull: return shm::Counter::DeadFull;
    case Code::BadAddress: return shm::Counter::DeadUnreachable;
    case Code::TooBig: return shm::Counter::DeadTooBig;
    case Code::NoMemory: return shm::Counter::DeadNoMemory;
    case Code::WouldDeadlock: return shm::Counter::DeadFull;  // The circle was counted where it was found.
    case Code::Expired: return shm::Counter::DeadFull;  // Its time was over before it found room.
    default: return shm::Counter::DeadGone;
  }
}

/// A message of this endpoint, as the notice about itself.
detail::Incoming read_returned(const shm::Segment& segment, const shm::Hand& hand, const detail::MessageInfo& info) {
  const shm::PayloadView view = shm::view_payload(segment, hand.handle);
  const shm::Returned notice = shm::read_returned(segment, hand.handle);
  const Address receiver = address_in(segment, notice.receiver);
  detail::Incoming incoming = expand_returned(info, notice, receiver);
  incoming.sender = receiver;
  incoming.message_id = hand.seq;
  if (view.extension != nullptr) incoming.correlation = view.extension->correlation;
  incoming.attempt = 1u + hand.attempts + hand.kills;
  incoming.redelivered = hand.redelivered;
  incoming.block = shm::to_bits(hand.handle);
  return incoming;
}

/// The handler itself may, and the endpoint that named it; any other one when that is gone.
bool may_end_dead_letters(const shm::Segment& segment, shm::ActorId id) {
  const shm::ActorId registrar = shm::dead_letter_registrar_of(segment);
  return registrar == id || shm::dead_letter_actor_of(segment) == id || !shm::is_open(segment, registrar);
}

}  // namespace

Outbox::Outbox(Node& node, shm::Thread& thread, shm::ActorId id) : node_(&node), thread_(&thread), id_(id) {
  BUSKIN_CHECK(id.index != shm::ActorIndex::None);  // What fails comes back to this address.
}

Address Outbox::self() const { return address_of(id_); }

Status Outbox::resolve(Address address, shm::ActorId& id) const {
  if (node_->is_forked()) [[unlikely]] return Code::Forked;
  if (!address || address.system() != node_->system_id()) return Code::BadAddress;
  if (address.index() >= node_->segment().layout().count_of(shm::Table::Actors)) return Code::BadAddress;
  id = actor_at(address);
  if (!node_->segment().is_backed(shm::Table::Actors, address.index())) return Code::NoSuchActor;
  return {};
}

Status Outbox::send_message(const Outgoing& outgoing, const detail::MessageInfo& info,
                            std::span<const std::byte> bytes, shm::Handle* left) {
  const std::uint64_t limit = node_->options().message_max;
  if (bytes.size() > (limit != 0 ? limit : shm::kPayloadMax)) return Code::TooBig;
  if (const Status fits = check_bytes(outgoing, bytes.size()); !fits.ok()) [[unlikely]] return fits;
  shm::Handle block{};
  Status status = make_message(outgoing, info, bytes, block);
  if (!status.ok()) [[unlikely]] {
    if (status.code() != Code::WrongUse) lack(outgoing, bytes.size());
    return status;
  }
  status = transmit(outgoing, block);
  if (status.ok()) [[likely]] return status;
  if (left != nullptr) {
    *left = block;
  } else {
    shm::drop(*thread_, block);
  }
  return status;
}

Status Outbox::make_message(const Outgoing& outgoing, const detail::MessageInfo& info,
                            std::span<const std::byte> bytes, shm::Handle& made, const shm::Carried& original) {
  const bool is_exempt = outgoing.to.admission == shm::Admission::Exempt;
  const auto exempt = is_exempt ? shm::BlockFlag::kExempt : std::uint8_t{0};
  const shm::Envelope envelope{.type = types().index_of(info),
                               .flags = static_cast<std::uint8_t>(flags_now() | exempt),
                               .sender = id_,
                               .correlation = outgoing.correlation,
                               .deadline_ns = outgoing.deadline_ns};
  if (envelope.type == shm::TypeIndex::None) return types().refusal_of(info);
  const bool is_carrier = original.block != shm::Handle::None;
  const auto block = is_carrier ? shm::make_carrier(*thread_, envelope, bytes, original)
                                : shm::make_block(*thread_, envelope, bytes);
  if (!block.ok()) [[unlikely]] return memory_error(block.error());
  made = block.value();
  return {};
}

Status Outbox::check_bytes(const Outgoing& outgoing, std::uint64_t bytes) const {
  if (outgoing.to.lane != shm::Lane::Messages || outgoing.to.admission != shm::Admission::Bounded) return {};
  const shm::Segment& segment = node_->segment();
  const std::uint64_t most = shm::bytes_kept_of(segment, outgoing.to.id);
  if (most == 0 || bytes <= most) [[likely]] return {};
  if (!shm::is_open(segment, outgoing.to.id)) return Code::NoSuchActor;
  return Error(Code::TooBig, "the message has " + std::to_string(bytes) +
                                 " bytes, and its receiver's mailbox.bytes is " + std::to_string(most) +
                                 ": send it in parts, or raise mailbox.bytes");
}

bool Outbox::may_wait(const Outgoing& outgoing) const {
  const shm::Mailbox& mailbox = node_->segment().mailbox(outgoing.to.id.index);
  return outgoing.wait == detail::Wait::AsConfigured &&
         mailbox.when_full.read() == shm::WhenFull::Wait;
}

Outbox::RoomLimit Outbox::room_limit(const Outgoing& outgoing) const {
  const std::uint64_t wait_ns = shm::wait_ns_of(node_->segment(), outgoing.to.id);
  const bool is_for_ever = is_patient() || wait_ns >= kForever_ns;
  const RoomLimit limit{is_for_ever ? shm::kNever_ns : shm::now_ns() + wait_ns};
  if (outgoing.deadline_ns == 0 || outgoing.deadline_ns > limit.deadline_ns) return limit;
  // The sender of a request knows when its time is over; what it wants to know is that the request did not arrive.
  return {outgoing.deadline_ns, outgoing.correlation != 0 ? Code::MailboxFull : Code::Expired};
}

/// Waits until there may be a place. On base Sequential other actors run meanwhile, and time passes only
/// when none of them can run.
shm::RoomWait Outbox::wait_for_place(shm::RoomWaiter& room, std::uint64_t deadline_ns) {
  if (node_->is_sequential()) {
    return node_->run_round() ? shm::RoomWait::Retry : shm::RoomWait::Deadline;
  }
  const std::uint64_t now = shm::now_ns();
  if (now >= deadline_ns || is_called_off()) return shm::RoomWait::Deadline;
  const shm::RoomWait wait = room.wait(std::min(deadline_ns, now + kRoomSlice_ns));
  return wait == shm::RoomWait::Deadline ? shm::RoomWait::Retry : wait;
}

Status Outbox::transmit(const Outgoing& outgoing, shm::Handle block) { return send_now(outgoing, block); }

Status Outbox::send_now(const Outgoing& outgoing, shm::Handle block) {
  shm::SendStatus status = shm::send(*thread_, outgoing.to, block);
  if (status == shm::SendStatus::Accepted) [[likely]] return {};
  Code code = Code::MailboxFull;
  if (status == shm::SendStatus::Full && may_wait(outgoing)) {
    status = send_when_there_is_room(outgoing, block, code);
    if (status == shm::SendStatus::Accepted) return {};
  }
  return status == shm::SendStatus::Gone ? Code::NoSuchActor : code;
}

shm::SendStatus Outbox::send_when_there_is_room(const Outgoing& outgoing, shm::Handle block, Code& code) {
  const RoomLimit limit = room_limit(outgoing);
  shm::RoomWaiter room(*thread_, waiter(), shm::room_need_of(node_->segment(), outgoing.to.id, block));
  thread_->count(shm::Counter::SendWaits);
  shm::SendStatus status = shm::SendStatus::Full;
  // Ends: accepted, gone, or wait_for_place() reports the deadline or a circle.
  while (status == shm::SendStatus::Full) {
    const shm::RoomWait wait = wait_for_place(room, limit.deadline_ns);
    if (wait == shm::RoomWait::WouldDeadlock) code = Code::WouldDeadlock;
    if (wait == shm::RoomWait::Deadline && shm::now_ns() >= limit.deadline_ns) code = limit.code;
    if (wait != shm::RoomWait::Retry) break;
    status = shm::send(*thread_, outgoing.to, block);
  }
  return status;
}

Status Outbox::post(const detail::SendSpec& send_spec, std::span<const std::byte> bytes) {
  shm::ActorId to{};
  shm::Handle left{};
  Status sent = resolve(send_spec.to, to);
  if (sent.ok()) [[likely]] {
    const Outgoing outgoing{.to = {to}, .wait = send_spec.wait, .deadline_ns = deadline_of(send_spec.options)};
    sent = send_message(outgoing, *send_spec.info, bytes, &left);
    if (sent.ok()) [[likely]] return sent;
  }
  // A message that could not be made for its receiver is made for the notice about it, if there is one and memory.
  const bool is_made = left != shm::Handle::None || sent.code() == Code::NoMemory;
  const bool is_told = send_spec.wait == detail::Wait::AsConfigured && !node_->is_forked() && !has_lacked();
  if (!is_made && is_told) (void)make_message({}, *send_spec.info, bytes, left);
  return refuse(send_spec, sent, left);
}

Result<detail::Slab> Outbox::open(std::size_t bytes) {
  if (node_->is_forked()) return Error(Code::Forked);
  std::span<std::byte> place;
  // With an extension, whose deadline is known when it is sent.
  const shm::Envelope envelope{.flags = shm::BlockFlag::kTail, .sender = id_, .deadline_ns = shm::kNever_ns};
  const auto block = shm::open_block(*thread_, envelope, bytes, place);
  if (!block.ok()) return memory_error(block.error());
  return detail::Slab{place, shm::to_bits(block.value()), node_->system_id()};
}

Status Outbox::post_slab(const detail::SendSpec& send_spec, detail::Slab slab, std::size_t bytes) {
  if (slab.block == 0 && slab.system == node_->system_id()) return post(send_spec, slab.place.last(bytes));
  if (slab.block == 0) return refuse(send_spec, Error(Code::WrongUse, "this draft was made in another system"));
  BUSKIN_CHECK(bytes <= slab.place.size());
  if (node_->is_forked()) return Code::Forked;  // It is the parent's.
  const auto block = static_cast<shm::Handle>(slab.block);
  const std::uint64_t limit = node_->options().message_max;
  shm::ActorId to{};
  Status found = resolve(send_spec.to, to);
  if (found.ok() && limit != 0 && bytes > limit) found = Code::TooBig;
  if (found.ok()) found = check_bytes({.to = {to}}, bytes);
  const shm::TypeIndex type = types().index_of(*send_spec.info);
  if (type == shm::TypeIndex::None) {
    discard(slab);
    return refuse(send_spec, types().refusal_of(*send_spec.info));
  }
  shm::close_tail(node_->segment(), block, static_cast<std::uint32_t>(bytes));
  shm::set_type(node_->segment(), block, type, flags_now());
  const std::uint64_t deadline_ns = deadline_of(send_spec.options);
  shm::set_deadline(node_->segment(), block, deadline_ns);
  if (!found.ok()) return refuse(send_spec, found, block);
  const Status sent = transmit({.to = {to}, .wait = send_spec.wait, .deadline_ns = deadline_ns}, block);
  return sent.ok() ? sent : refuse(send_spec, sent, block);
}

void Outbox::discard(detail::Slab slab) {
  BUSKIN_CHECK(slab.block != 0);
  if (node_->is_forked()) return;  // It is the parent's.
  shm::drop(*thread_, static_cast<shm::Handle>(slab.block));
}

Status Outbox::reply(Address asker, std::uint64_t correlation, const detail::MessageInfo& info,
                      std::span<const std::byte> bytes) {
  BUSKIN_CHECK(correlation != 0);  // Its asker would take it for nothing that it has asked.
  if (node_->is_forked()) return Code::Forked;
  shm::ActorId to{};
  if (Status found = resolve(asker, to); !found.ok()) return found;
  const Status sent = send_message({{to, shm::Lane::Replies, shm::Admission::Exempt}, correlation}, info, bytes);
  if (!sent.ok()) thread_->count(sent.code() == Code::NoMemory ? shm::Counter::DeadNoMemory : shm::Counter::DeadGone);
  return sent;
}

bool Outbox::reply_wanted(Address asker, std::uint64_t) const {
  if (node_->is_forked()) return false;
  shm::ActorId to{};
  return resolve(asker, to).ok() && shm::is_open(node_->segment(), to);
}

void Outbox::exit(Address actor, const ExitOptions& options) {
  if (node_->is_forked()) return;
  const ActorExitRequest request{static_cast<std::uint8_t>(options.recursive)};
  const detail::MessageInfo& info = detail::kMessageInfo<ActorExitRequest>;
  const detail::SendSpec send_spec{actor, &info, {}, detail::Wait::AsConfigured};
  const shm::Lane lane = options.now ? shm::Lane::Control : shm::Lane::Messages;
  shm::ActorId to{};
  Status status = resolve(actor, to);
  const shm::WithPurpose purposed(*thread_, shm::Purpose::Supervision);
  if (status.ok()) status = send_message({{to, lane, shm::Admission::Exempt}, 0}, info, bytes_of(request));
  if (status.code() == Code::NoMemory && !has_lacked()) {
    const auto order = options.recursive ? shm::SlotOrder::Exit : shm::SlotOrder::ExitAlone;
    if (shm::give_order(*thread_, to, order)) return;
  }
  (void)refuse(send_spec, status);
}

Address Outbox::find(std::string_view name) {
  if (node_->is_forked()) return {};
  return address_of(shm::find_name(node_->segment(), name));
}

detail::Incoming Outbox::read(const shm::Hand& hand) {
  const shm::PayloadView view = shm::view_payload(node_->segment(), hand.handle);
  const detail::MessageInfo& info = types().info_of(view.type);
  detail::Incoming incoming;
  if (shm::is_returned(view)) [[unlikely]] return read_returned(node_->segment(), hand, info);
  incoming.bytes = view.bytes;
  incoming.info = &info;
  incoming.type_name = info.name;
  incoming.sender = address_of(view.sender);
  incoming.message_id = hand.seq;
  if (view.extension != nullptr) {
    incoming.correlation = view.extension->correlation;
    incoming.deadline_ns = view.extension->deadline_ns;
    if (view.extension->id != 0) incoming.message_id = view.extension->id;
  }
  incoming.attempt = 1u + hand.attempts + hand.kills;
  incoming.redelivered = hand.redelivered || (view.flags & shm::BlockFlag::kRepeated) != 0;
  incoming.block = shm::to_bits(hand.handle);
  return incoming;
}

shm::Handle Outbox::make_notice(const Outgoing& outgoing, const detail::MessageInfo& info,
                                std::span<const std::byte> bytes, const shm::Carried& original) {
  shm::Handle made{};
  if (make_message(outgoing, info, bytes, made, original).code() == Code::NoMemory) lack(outgoing, bytes.size());
  return made;
}

void Outbox::share_original(shm::Handle original, std::span<const shm::Handle> carriers) {
  shm::share_with(*thread_, original, carriers);
}

void Outbox::send_notice(const Outgoing& outgoing, shm::Handle block) {
  if (!transmit(outgoing, block).ok()) shm::drop(*thread_, block);
}

void Outbox::report_loss(const Loss& loss) {
  const Code code = loss.why.code();
  thread_->count(counter_of(code));
  if (code == Code::MailboxFull || code == Code::WouldDeadlock) {
    node_->losses().note(node_->segment(), {id_, actor_at(loss.receiver), loss.type_name, code});
  }
  if (tell(loss) || loss.original == shm::Handle::None) return;
  // A turn is undone, and sends it again.
  const bool is_own = shm::view_payload(node_->segment(), loss.original).sender == id_;
  if (has_lacked() || !is_own || !shm::is_held(node_->segment(), loss.original)) return release_original(loss.original);
  shm::Returned notice = returned_as(shm::Returned::Kind::Undeliverable, code);
  notice.receiver = actor_at(loss.receiver);
  send_returned(*thread_, loss.original, notice);
}

Status Outbox::refuse(const detail::SendSpec& send_spec, const Status& why, shm::Handle original) {
  if (why.ok()) return why;
  if (why.code() == Code::Forked || node_->is_forked()) return why;
  if (has_lacked() || send_spec.wait == detail::Wait::Never) {
    if (!has_lacked()) thread_->count(shm::Counter::Refused);
    if (original != shm::Handle::None) release_original(original);
    return why;
  }
  Loss loss = loss_of(*send_spec.info, self(), send_spec.to, why.error());
  loss.original = original;
  report_loss(loss);
  return why;
}

Status Outbox::dead_letters(Address handler) {
  if (node_->is_forked()) return Code::Forked;
  shm::ActorId id{};
  if (handler) {
    if (Status found = resolve(handler, id); !found.ok()) return found;
    if (!shm::is_open(node_->segment(), id)) return Code::NoSuchActor;
  }
  if (!handler && !may_end_dead_letters(node_->segment(), id_)) {
    return Error(Code::WrongUse, "another one named this handler of dead letters, and only that one ends it");
  }
  const shm::ActorId before = shm::dead_letter_actor_of(node_->segment());
  shm::set_dead_letter_actor(node_->segment(), id, handler ? id_ : shm::ActorId{});
  if (handler && before != id && shm::is_open(node_->segment(), before)) {
    const DeadLettersMoved moved{address_of(before), handler};
    tell(before, moved);
    tell(id, moved);
  }
  return {};
}

}  // namespace buskin::runtime
