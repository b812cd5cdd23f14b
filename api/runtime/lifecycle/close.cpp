// bury: the same steps as a cell's own end, from outside.
#include "api/runtime/lifecycle/close.hpp"

#include "api/runtime/node/actor_spec.hpp"
#include "api/runtime/endpoint/dead_letters.hpp"
#include "buskin/system_messages.hpp"
#include "shm/names/names.hpp"
#include "shm/segment/slot_facts.hpp"
#include "shm/segment/types.hpp"

namespace buskin::runtime {

namespace {

/// CLOSING in our name: from an open state, or where a dead closer stopped.
bool take_over_close(shm::Thread& thread, shm::ActorId id) {
  shm::Segment& segment = thread.segment();
  if (shm::begin_close(thread, id)) return true;
  if (!shm::change_life(segment, id, shm::LifeState::Closing, shm::LifeState::Closing, thread.process())) return false;
  shm::close_lanes(segment, id.index);
  return true;
}

/// It was to come back in its parent's process.
bool waits_for_parent(const shm::Segment& segment, shm::ActorId id) {
  const shm::LifeState state = shm::life_of(segment, id).state;
  return shm::is_local(segment, id) && (state == shm::LifeState::Requested || state == shm::LifeState::Notified);
}

void drain_mail(shm::Thread& thread, shm::ActorId id, shm::Counter counter) {
  shm::drain(thread, id, [&](shm::Thread& own, shm::Lane lane, shm::Handle block) {
    return_mail(own, {id, counter}, lane, block);
    return false;
  });
}

void tell_creator(shm::Thread& thread, shm::ActorId id, const ActorSpec& spec, const Reason& reason) {
  if (spec.correlation == 0) return;
  const Posting answer{shm::ActorId::from_word(spec.creator), shm::Lane::Replies, spec.correlation, id};
  (void)SystemSender(thread).post<RequestFailed>(answer, reason.code, reason.sentence);
}

void tell_parent(shm::Thread& thread, shm::ActorId id, shm::ActorId parent, const Reason& reason) {
  shm::Segment& segment = thread.segment();
  ChildActorExited gone{};
  gone.child = Address(segment.system_id(), static_cast<std::uint32_t>(id.index), id.gen);
  gone.code = reason.code;
  gone.reason = reason.sentence;
  const detail::MessageInfo& info = detail::kMessageInfo<ChildActorExited>;
  const auto type = shm::register_type(segment, {info.id, info.name, info.schema, shm::TypeKind::Message});
  const shm::TypeIndex index = type.ok() ? type.value() : shm::TypeIndex::None;
  shm::push_exit_notice(thread, id, type.ok() ? parent : shm::ActorId{}, index, std::as_bytes(std::span(&gone, 1)));
}

}  // namespace

void close_actor(shm::Thread& thread, shm::ActorId id, const Reason& reason) {
  shm::Segment& segment = thread.segment();
  ActorSpec spec;
  const shm::LifeState state = shm::life_of(segment, id).state;
  // In a close that somebody else began it may have been born; then its creator finds nobody waiting for this.
  const bool may_be_unborn = state <= shm::LifeState::Init || state >= shm::LifeState::Closing;
  const bool is_unborn = may_be_unborn && read_spec(segment, id, spec);
  if (shm::life_of(segment, id).state != shm::LifeState::Drained) {
    if (!take_over_close(thread, id)) return;
    for (const shm::ActorId child : shm::children_of(segment, id)) {
      (void)SystemSender(thread).post<ActorExitRequest>({child, shm::Lane::Messages, 0, id}, std::uint8_t{1});
      if (waits_for_parent(segment, child)) close_actor(thread, child, reason);
    }
    shm::remove_name(thread, id);
    drain_mail(thread, id, reason.counter);
  }
  const shm::ActorId parent = shm::parent_of(segment, id);
  tell_parent(thread, id, parent, reason);
  shm::release_slot(thread, id);
  if (is_unborn) tell_creator(thread, id, spec, reason);
}

std::size_t count_user_actors(const shm::Segment& segment) {
  std::size_t count = 0;
  shm::for_each_actor(segment, [&](shm::ActorId id, shm::LifeWord life) {
    if (shm::is_user_actor(segment, id) && life.state != shm::LifeState::Drained) ++count;
  });
  return count;
}

}  // namespace buskin::runtime
