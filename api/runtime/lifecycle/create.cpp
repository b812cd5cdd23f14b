// create: each step can be undone until the host is asked.
#include "api/runtime/lifecycle/create.hpp"

#include <algorithm>
#include <string>

#include "api/runtime/endpoint/reserved_notices.hpp"
#include "api/runtime/node/check_options.hpp"
#include "shm/actor/actor_close.hpp"
#include "shm/base/check.hpp"
#include "shm/names/names.hpp"

namespace buskin::runtime {

namespace {

std::uint32_t flags_of(const detail::ActorInfo& actor, const CreateOptions& options) {
  constexpr std::uint32_t kStrategies[] = {0, shm::SlotFlag::kOneForAll, shm::SlotFlag::kRestForOne};
  return kStrategies[static_cast<std::size_t>(actor.strategy)] | (options.keep ? shm::SlotFlag::kKeep : 0u) |
         (options.place.kind == Place::Kind::Here ? shm::SlotFlag::kLocal : 0u) |
         (options.life == Life::Creator ? shm::SlotFlag::kEndsWithCreator : 0u);
}

shm::SlotSpec slot_spec_of(const detail::ActorInfo& actor, const MailboxOptions& mailbox) {
  // A mailbox of KeepLatest refuses above twice its capacity or bytes; its reader skips down to them.
  const bool is_latest = mailbox.when_full == WhenFull::KeepLatest;
  const std::uint32_t places = is_latest ? 2 * mailbox.capacity : mailbox.capacity;
  const std::uint64_t bytes = is_latest ? 2 * std::min(mailbox.bytes, shm::kByteLimitMax / 2) : mailbox.bytes;
  shm::SlotSpec spec;
  spec.mailbox = {.capacity = places,
                  .bytes_max = bytes,
                  .share_percent = static_cast<std::uint16_t>(mailbox.share),
                  .when_full = static_cast<shm::WhenFull>(mailbox.when_full),
                  .wait_ns = static_cast<std::uint64_t>(mailbox.wait.count()),
                  .delivery = static_cast<shm::Delivery>(actor.delivery)};
  return spec;
}

Error name_error(shm::NameError error, const std::string& name) {
  switch (error) {
    case shm::NameError::Taken: return Error(Code::NameTaken, "another living actor has the name " + name);
    case shm::NameError::BadName:
      return Error(Code::BadName, "a name is 1 to 128 letters, digits, . _ - / : and not " + name);
    case shm::NameError::Busy:
      return Error(Code::TimedOut, "the table of names is being copied: is the admin stopped?");
    default: return Error(Code::NoMemory);
  }
}

Status name_and_write(shm::Thread& thread, shm::ActorId id, const ActorSpec& spec) {
  if (const std::string& name = spec.options.name; !name.empty()) {
    shm::ActorId holder{};
    const auto named = shm::insert_name(thread, id, name, holder);
    if (!named.ok()) return name_error(named.error(), name);
  }
  const auto block = write_spec(thread, id, spec);
  if (!block.ok()) return Code::NoMemory;
  shm::set_actor_spec(thread.segment(), id, block.value());
  return reserve_restart_notice(thread, id, spec) ? Code::Ok : Code::NoMemory;
}

}  // namespace

Result<shm::ActorId> reserve_actor_slot(const Creation& creation, const detail::ActorInfo& actor, ActorSpec& spec) {
  BUSKIN_CHECK(creation.key == 0 || creation.parent.index != shm::ActorIndex::None);
  BUSKIN_CHECK((creation.parent_flags & ~shm::SlotFlag::kParentWantsRestarts) == 0);
  Node& node = creation.node;
  if (node.is_forked()) return Error(Code::Forked);
  if (const Status good = check_options(spec.options); !good.ok()) return good.error();
  shm::SlotSpec wanted = slot_spec_of(actor, spec.options.mailbox);
  wanted.parent = creation.parent;
  wanted.key = creation.key;
  wanted.flags = flags_of(actor, spec.options) | creation.parent_flags;
  const auto slot = shm::reserve_actor(creation.thread, wanted);
  if (!slot.ok()) return Error(Code::NoMemory, "there is no slot for one more actor, or no memory for it");
  const shm::ActorId id = slot.value();
  spec.type_id = actor.id;
  spec.type_name = actor.name;
  spec.program = node.options().program;
  spec.creator = creation.creator.word();
  spec.console = node.console();
  spec.message_max = node.options().message_max;
  spec.member = node.member().id().word();
  const Status status = name_and_write(creation.thread, id, spec);
  if (status.ok()) return id;
  abandon_actor(creation.thread, id);
  return status.error();
}

Result<shm::ActorId> create_actor(const Creation& creation, const detail::ActorInfo& actor, ActorSpec& spec) {
  const Result<shm::ActorId> id = reserve_actor_slot(creation, actor, spec);
  if (!id.ok()) return id;
  shm::Thread& thread = creation.thread;
  // REQUESTED by this process: if it dies, its repairer goes on with the start (Reaped::requested). Inside an
  // exactly-once turn the request is an entry of the journal instead; see shm/actor/create_entry.hpp.
  (void)shm::change_life(thread.segment(), *id, shm::LifeState::Reserved, shm::LifeState::Requested, thread.process());
  const Status status = creation.node.start_actor(thread, *id, spec);
  if (status.ok()) return id;
  abandon_actor(thread, *id);
  return status.error();
}

void abandon_actor(shm::Thread& thread, shm::ActorId actor) {
  if (!shm::begin_close(thread, actor)) return;
  shm::remove_name(thread, actor);
  shm::drain(thread, actor, [](shm::Thread&, shm::Lane, shm::Handle) { return shm::LeftMail::Drop; });
  shm::push_exit_notice(thread, actor, {}, shm::TypeIndex::None, {});
  shm::release_slot(thread, actor);
}

}  // namespace buskin::runtime
