// bear: a new actor: slot, name, birth, and the request to whoever hosts it.
#include "api/runtime/node/check_options.hpp"
#include "api/runtime/node/node.hpp"
#include "api/runtime/endpoint/reserved_notices.hpp"
#include "api/runtime/endpoint/outbox.hpp"
#include "shm/names/names.hpp"

namespace buskin::runtime {

namespace {

std::uint32_t flags_of(const detail::ActorInfo& actor, const CreateOptions& options) {
  constexpr std::uint32_t kStrategies[] = {0, shm::SlotFlag::kOneForAll, shm::SlotFlag::kRestForOne};
  return kStrategies[static_cast<std::size_t>(actor.strategy)] | (options.keep ? shm::SlotFlag::kKeep : 0u) | (options.place.kind == Place::Kind::Here ? shm::SlotFlag::kLocal : 0u) |
         (options.life == Life::Creator ? shm::SlotFlag::kEndsWithCreator : 0u);
}

shm::SlotSpec slot_spec_of(const detail::ActorInfo& actor, const MailboxOptions& mailbox) {
  // A mailbox of KeepLatest refuses above twice its capacity; its reader skips down to it.
  const std::uint32_t places = mailbox.when_full == WhenFull::KeepLatest ? 2 * mailbox.capacity : mailbox.capacity;
  shm::SlotSpec spec;
  spec.mailbox = {places, mailbox.bytes, static_cast<shm::WhenFull>(mailbox.when_full),
                  static_cast<std::uint64_t>(mailbox.wait.count()), static_cast<shm::Delivery>(actor.delivery)};
  return spec;
}

Error name_error(shm::NameError error, const std::string& name) {
  switch (error) {
    case shm::NameError::Taken: return Error(Code::NameTaken, "another living actor has the name " + name);
    case shm::NameError::BadName:
      return Error(Code::BadName, "a name is 1 to 128 letters, digits, . _ - / : and not " + name);
    case shm::NameError::Busy: return Error(Code::TimedOut, "the table of names is being copied: is the admin stopped?");
    default: return Error(Code::NoMemory);
  }
}

}  // namespace

Result<shm::ActorId> Outbox::reserve_actor_slot(const detail::ActorInfo& actor, ActorSpec& spec, shm::ActorId parent,
                                       std::uint64_t key) {
  if (node_->is_forked()) return Error(Code::Forked);
  if (const Status good = check_options(spec.options); !good.ok()) return good.error();
  shm::Segment& segment = node_->segment();
  shm::SlotSpec wanted = slot_spec_of(actor, spec.options.mailbox);
  wanted.parent = parent;
  wanted.key = key;
  wanted.flags = flags_of(actor, spec.options) | flags_of_children();
  const auto slot = shm::reserve_actor(*thread_, wanted);
  if (!slot.ok()) return Error(Code::NoMemory, "there is no slot for one more actor, or no memory for it");
  const shm::ActorId id = slot.value();
  // relaxed: nobody knows the address yet.
  segment.mailbox(id.index).bytes_in.store_relaxed(0);
  segment.mailbox(id.index).bytes_out.store_relaxed(0);
  spec.type_id = actor.id;
  spec.type_name = actor.name;
  spec.program = node_->options().program;
  spec.creator = id_.word();
  spec.output = node_->output().word();
  spec.message_max = node_->options().message_max;
  spec.member = shm::to_bits(node_->member().index()) | std::uint64_t{node_->member().gen()} << 32;
  const Status status = name_and_write(id, spec);
  if (status.ok()) return id;
  abandon_actor(id);
  return status.error();
}

Result<Address> Outbox::create_actor(const detail::ActorInfo& actor, ActorSpec& spec, shm::ActorId parent, std::uint64_t key) {
  const Result<shm::ActorId> id = reserve_actor_slot(actor, spec, parent, key);
  if (!id.ok()) return id.error();
  (void)shm::change_life(node_->segment(), *id, shm::LifeState::Reserved, shm::LifeState::Requested, thread_->process());
  const Status status = node_->start_actor(*thread_, *id, spec);
  if (status.ok()) return address_of(*id);
  abandon_actor(*id);
  return status.error();
}

void Outbox::abandon_actor(shm::ActorId id) {
  if (!shm::begin_close(*thread_, id)) return;
  shm::remove_name(*thread_, id);
  shm::drain(*thread_, id, [](shm::Thread&, shm::Lane, shm::Handle) { return false; });
  shm::push_exit_notice(*thread_, id, {}, shm::TypeIndex::None, {});
  shm::release_slot(*thread_, id);
}

Status Outbox::name_and_write(shm::ActorId id, const ActorSpec& spec) {
  if (const std::string& name = spec.options.name; !name.empty()) {
    shm::ActorId holder{};
    const auto named = shm::insert_name(*thread_, id, name, holder);
    if (!named.ok()) return name_error(named.error(), name);
  }
  const auto block = write_spec(*thread_, id, spec);
  if (!block.ok()) return Code::NoMemory;
  shm::give_spec(node_->segment(), id, block.value());
  return reserve_restart_notice(*thread_, id, spec) ? Code::Ok : Code::NoMemory;
}

}  // namespace buskin::runtime
