// Speaker: bytes into blocks, blocks into mailboxes.
//
// Floor: runtime.
#include "api/runtime/speaker.hpp"

#include <algorithm>
#include <cstring>

#include "api/runtime/host.hpp"
#include "shm/base/clock.hpp"
#include "shm/segment/names.hpp"
#include "shm/segment/turn.hpp"
#include "shm/segment/types.hpp"

namespace buskin::runtime {

namespace {

Error memory_error(shm::MemoryError error) {
  if (error == shm::MemoryError::TooBig) return Error(Code::TooBig);
  return Error(Code::NoMemory);
}

template <class T>
std::span<const std::byte> bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

std::uint32_t flags_of(const CreateOptions& options) {
  return (options.keep ? shm::SlotFlag::kKeep : 0u) | (options.place.kind == Place::Kind::Here ? shm::SlotFlag::kLocal : 0u) |
         (options.life == Life::Creator ? shm::SlotFlag::kCreature : 0u);
}

}  // namespace

shm::TypeIndex TypeCache::index_of(const detail::MessageInfo& info) {
  Slot& slot = slots_[info.id % slots_.size()];
  if (slot.id == info.id) return slot.index;
  const auto made = shm::register_type(*segment_, {info.id, info.name, info.schema, shm::TypeKind::Message});
  if (!made.ok()) return shm::TypeIndex::None;
  slot = {info.id, made.value()};
  return slot.index;
}

const detail::MessageInfo& TypeCache::info_of(shm::TypeIndex index) {
  const auto at = static_cast<std::size_t>(index);
  if (at >= known_.size()) known_.resize(at + 1);
  Known& known = known_[at];
  if (known.info.id == 0 && index != shm::TypeIndex::None) {
    const shm::TypeRow& row = segment_->type(index);
    known.name.assign(row.name.data(), ::strnlen(row.name.data(), row.name.size()));
    // relaxed: the row was complete before any message named it.
    known.info = {row.id.load_relaxed(), known.name, row.schema.load_relaxed()};
  }
  return known.info;
}

KeptLease::KeptLease(Host& host, detail::Incoming incoming, KeptLease** slot) : host_(&host), slot_(slot) {
  delivery = incoming;
  if (slot_ != nullptr) *slot_ = this;
}

KeptLease::~KeptLease() {
  if (slot_ != nullptr) {
    *slot_ = nullptr;  // The turn completes the message as if it had not been kept.
  } else {
    shm::drop(host_->thread(), static_cast<shm::Handle>(delivery.block));
  }
}

Speaker::Speaker(Host& host, shm::Thread& thread, shm::ActorId id)
    : host_(&host), thread_(&thread), id_(id), types_(host.segment()) {}

Address Speaker::address_of(shm::ActorId id) const {
  if (id.index == shm::ActorIndex::None) return {};
  return {host_->segment().system_id(), static_cast<std::uint32_t>(id.index), id.gen};
}

Address Speaker::self() const { return address_of(id_); }

Status Speaker::resolve(Address address, shm::ActorId& id) const {
  if (host_->is_forked()) return Code::Forked;
  if (!address || address.system() != host_->segment().system_id()) return Code::BadAddress;
  if (address.index() >= host_->segment().superblock().counts.actors) return Code::BadAddress;
  id = {static_cast<shm::ActorIndex>(address.index()), address.generation()};
  if (!host_->segment().is_backed(shm::Table::Actors, address.index())) return Code::NoSuchActor;
  return {};
}

Status Speaker::send_message(const Letter& letter, const detail::MessageInfo& info, std::span<const std::byte> bytes,
                             Duration expires) {
  const std::uint64_t limit = host_->options().message_max;
  if (bytes.size() > (limit != 0 ? limit : shm::kPayloadMax)) return Code::TooBig;
  shm::Envelope envelope{.type = types_.index_of(info), .sender = id_, .correlation = letter.correlation};
  if (expires.count() > 0) envelope.deadline_ns = shm::now_ns() + static_cast<std::uint64_t>(expires.count());
  std::span<std::byte> place;
  const auto block = shm::open_block(*thread_, envelope, bytes.size(), place);
  if (!block.ok()) return memory_error(block.error());
  if (!bytes.empty()) std::memcpy(place.data(), bytes.data(), bytes.size());
  return transmit(letter, block.value());
}

Status Speaker::send_now(const Letter& letter, shm::Handle block) {
  shm::SendStatus status = shm::send(*thread_, letter.to, block);
  if (status == shm::SendStatus::Accepted) return {};
  const shm::Mailbox& mailbox = host_->segment().mailbox(letter.to.id.index);
  const bool waits = letter.wait == detail::Wait::AsConfigured && !host_->is_sequential() &&
                     mailbox.when_full == static_cast<std::uint8_t>(shm::WhenFull::Wait);
  Code code = Code::MailboxFull;
  // relaxed: written before the mailbox was opened.
  const std::uint64_t deadline = shm::now_ns() + mailbox.wait_ns.load_relaxed();
  if (waits && status == shm::SendStatus::Full) thread_->count(shm::Counter::SendWaits);
  // Ends: accepted, gone, or wait_for_room reports the deadline or a circle.
  while (waits && status == shm::SendStatus::Full) {
    const shm::RoomWait wait = shm::wait_for_room(*thread_, letter.to.id, id_, deadline);
    if (wait == shm::RoomWait::WouldDeadlock) code = Code::WouldDeadlock;
    if (wait != shm::RoomWait::Retry) break;
    status = shm::send(*thread_, letter.to, block);
  }
  if (status == shm::SendStatus::Accepted) return {};
  shm::drop(*thread_, block);
  return status == shm::SendStatus::Gone ? Code::NoSuchActor : code;
}

Status Speaker::refuse(const detail::Parcel& parcel, Status why) {
  if (why.ok()) return why;
  if (parcel.wait == detail::Wait::Never) {
    if (why.code() != Code::Forked) thread_->count(shm::Counter::Refused);
    return why;
  }
  if (why.code() == Code::Forked) return why;
  thread_->count(why.code() == Code::MailboxFull     ? shm::Counter::DeadFull
                 : why.code() == Code::BadAddress    ? shm::Counter::DeadUnreachable
                 : why.code() == Code::TooBig        ? shm::Counter::DeadTooBig
                 : why.code() == Code::NoMemory      ? shm::Counter::DeadNoMemory
                 : why.code() == Code::WouldDeadlock ? shm::Counter::WouldDeadlock
                                                     : shm::Counter::DeadGone);
  Undeliverable notice{};
  notice.receiver = parcel.to;
  notice.type = parcel.info->id;
  notice.code = why.code();
  notice.type_name = parcel.info->name;
  // Its loss is counted with the message that it is about.
  (void)send_message({{id_, shm::Lane::Messages, shm::Admission::Exempt}, 0, detail::Wait::Never},
                     detail::kMessageInfo<Undeliverable>, bytes_of(notice));
  return why;
}

Status Speaker::post(const detail::Parcel& parcel, std::span<const std::byte> bytes) {
  shm::ActorId to{};
  if (Status found = resolve(parcel.to, to); !found.ok()) return refuse(parcel, found);
  return refuse(parcel, send_message({{to}, 0, parcel.wait}, *parcel.info, bytes, parcel.options.expires));
}

Result<detail::Slab> Speaker::open(std::size_t bytes) {
  if (host_->is_forked()) return Error(Code::Forked);
  std::span<std::byte> place;
  const auto block = shm::open_block(*thread_, {.flags = shm::BlockFlag::kTail, .sender = id_}, bytes, place);
  if (!block.ok()) return memory_error(block.error());
  return detail::Slab{place, shm::to_bits(block.value())};
}

Status Speaker::post_slab(const detail::Parcel& parcel, detail::Slab slab, std::size_t bytes) {
  const auto block = static_cast<shm::Handle>(slab.block);
  shm::close_tail(host_->segment(), block, static_cast<std::uint32_t>(bytes));
  shm::BlockHeader& header = host_->segment().block(block);
  // relaxed: the block is ours until it is pushed.
  shm::WhatWord what = shm::WhatWord::unpack(header.what.load_relaxed());
  what.type = types_.index_of(*parcel.info);
  // relaxed: as above.
  header.what.store_relaxed(what.pack());
  shm::ActorId to{};
  if (Status found = resolve(parcel.to, to); !found.ok()) {
    discard(slab);
    return refuse(parcel, found);
  }
  return refuse(parcel, transmit({{to}, 0, parcel.wait}, block));
}

void Speaker::discard(detail::Slab slab) { shm::drop(*thread_, static_cast<shm::Handle>(slab.block)); }

Status Speaker::reply(Address asker, std::uint64_t correlation, const detail::MessageInfo& info,
                      std::span<const std::byte> bytes) {
  shm::ActorId to{};
  if (Status found = resolve(asker, to); !found.ok()) return found;
  const Status sent = send_message({{to, shm::Lane::Replies, shm::Admission::Exempt}, correlation}, info, bytes);
  if (!sent.ok()) thread_->count(shm::Counter::LateReply);
  return sent;
}

bool Speaker::reply_wanted(Address asker, std::uint64_t) const {
  shm::ActorId to{};
  return resolve(asker, to).ok() && shm::is_open(host_->segment(), to);
}

void Speaker::exit(Address actor, const ExitOptions& options) {
  const ActorExitRequest request{static_cast<std::uint8_t>(options.recursive)};
  const detail::MessageInfo& info = detail::kMessageInfo<ActorExitRequest>;
  const detail::Parcel parcel{actor, &info, {}, detail::Wait::AsConfigured};
  const shm::Lane lane = options.now ? shm::Lane::Control : shm::Lane::Messages;
  shm::ActorId to{};
  Status status = resolve(actor, to);
  if (status.ok()) status = send_message({{to, lane, shm::Admission::Exempt}, 0}, info, bytes_of(request));
  (void)refuse(parcel, status);
}

Address Speaker::find(std::string_view name) {
  if (host_->is_forked()) return {};
  return address_of(shm::find_name(host_->segment(), name));
}

detail::Incoming Speaker::read(const shm::Hand& hand) {
  const shm::PayloadView view = shm::view_payload(host_->segment(), hand.handle);
  const detail::MessageInfo& info = types_.info_of(view.type);
  detail::Incoming incoming;
  incoming.bytes = view.bytes;
  incoming.info = &info;
  incoming.type_name = info.name;
  incoming.sender = address_of(view.sender);
  incoming.message_id = hand.seq;
  if (view.extension != nullptr) {
    incoming.correlation = view.extension->correlation;
    if (view.extension->id != 0) incoming.message_id = view.extension->id;
  }
  incoming.attempt = hand.attempts + 1u;
  incoming.redelivered = hand.redelivered || (view.flags & shm::BlockFlag::kRepeated) != 0;
  incoming.block = shm::to_bits(hand.handle);
  return incoming;
}

Result<Address> Speaker::bear(const detail::ActorInfo& actor, Birth& birth, shm::ActorId parent, std::uint64_t key) {
  if (host_->is_forked()) return Error(Code::Forked);
  shm::Segment& segment = host_->segment();
  const MailboxOptions& mailbox = birth.options.mailbox;
  // A mailbox of KeepLatest refuses above twice its capacity; its reader skips down to it.
  const std::uint32_t wanted = std::clamp(mailbox.capacity, 1u, shm::kLaneMax / 2);
  shm::SlotSpec spec;
  spec.parent = parent;
  spec.key = key;
  spec.flags = flags_of(birth.options);
  spec.mailbox = {mailbox.when_full == WhenFull::KeepLatest ? 2 * wanted : wanted, mailbox.bytes,
                  static_cast<shm::WhenFull>(mailbox.when_full), static_cast<std::uint64_t>(mailbox.wait.count()),
                  static_cast<shm::Delivery>(actor.delivery)};
  const auto slot = shm::reserve_actor(*thread_, spec);
  if (!slot.ok()) return memory_error(slot.error());
  const shm::ActorId id = slot.value();
  birth.type_id = actor.id;
  birth.type_name = actor.name;
  birth.program = host_->options().program;
  birth.creator = id_.word();
  birth.member = shm::to_bits(host_->member().index()) | std::uint64_t{host_->member().gen()} << 32;
  Status status = name_and_write(id, birth);
  if (status.ok()) {
    (void)shm::change_life(segment, id, shm::LifeState::Reserved, shm::LifeState::Requested, thread_->process());
    status = host_->bring_to_life(*thread_, id, birth);
  }
  if (status.ok()) return address_of(id);
  if (shm::begin_close(*thread_, id)) {
    shm::remove_name(*thread_, id);
    shm::drain(*thread_, id, [](shm::Thread&, shm::Lane, shm::Handle) { return false; });
    shm::push_exit_notice(*thread_, id, {}, shm::TypeIndex::None, {});
    shm::release_slot(*thread_, id);
  }
  return status.error();
}

Status Speaker::name_and_write(shm::ActorId id, const Birth& birth) {
  if (const std::string& name = birth.options.name; !name.empty()) {
    shm::ActorId holder{};
    const auto named = shm::insert_name(*thread_, id, name, holder);
    if (!named.ok()) {
      switch (named.error()) {
        case shm::NameError::Taken: return Error(Code::NameTaken, "another living actor has the name " + name);
        case shm::NameError::BadName: return Error(Code::BadName, "a name is 1 to 128 letters, digits, . _ - / : and not " + name);
        default: return Code::NoMemory;
      }
    }
  }
  const auto block = write_birth(*thread_, id, birth);
  if (!block.ok()) return memory_error(block.error());
  shm::Segment& segment = host_->segment();
  // sync(birth): release. The bytes stand before the word that leads a reader to them.
  segment.slot(id.index).birth.store_release(shm::to_bits(block.value()));
  shm::Atomic<std::uint64_t>& own = segment.block(block.value()).own;
  // relaxed: the block is ours; from here on it belongs to the actor.
  const shm::OwnerWord held = shm::OwnerWord::unpack(own.load_relaxed());
  const auto index = static_cast<std::uint32_t>(id.index);
  // relaxed: as above.
  own.store_relaxed(shm::OwnerWord{shm::BlockState::Saved, index, held.gen}.pack());
  return {};
}

Error error_of_reply(const detail::Incoming& reply) {
  if (reply.info->id == detail::message_id<RequestFailed>) {
    RequestFailed failed;
    std::memcpy(&failed, reply.bytes.data(), std::min(reply.bytes.size(), sizeof failed));
    return Error(failed.code, failed.reason.c_str());
  }
  if (reply.info->id == detail::message_id<PoisonMessage>) {
    PoisonMessage poison;
    std::memcpy(&poison, reply.bytes.data(), std::min(reply.bytes.size(), sizeof poison));
    return Error(poison.code, poison.reason.c_str());
  }
  return Error();
}

}  // namespace buskin::runtime
