// close: the same steps as an actor's own end.
#include "api/runtime/lifecycle/close.hpp"

#include <optional>

#include "api/runtime/endpoint/dead_letters.hpp"
#include "api/runtime/endpoint/orders.hpp"
#include "api/runtime/endpoint/reserved_notices.hpp"
#include "api/runtime/node/actor_spec.hpp"
#include "api/runtime/node/addresses.hpp"
#include "shm/actor/actor_close.hpp"
#include "shm/actor/actor_end.hpp"
#include "shm/base/check.hpp"
#include "shm/names/names.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

namespace {

/// CLOSING in the name of this process: from an open state, or from where a dead closer stopped.
bool take_over_close(shm::Thread& thread, shm::ActorId id) {
  shm::Segment& segment = thread.segment();
  if (shm::begin_close(thread, id)) return true;
  if (!shm::change_life(segment, id, shm::LifeState::Closing, shm::LifeState::Closing, thread.process())) return false;
  shm::close_lanes(segment, id.index);
  return true;
}

/// Its parent's process was to host it.
bool waits_for_parent(const shm::Segment& segment, shm::ActorId id) {
  return shm::is_local(segment, id) && shm::awaits_host(segment, id);
}

void tell_creator(shm::Thread& thread, shm::ActorId id, const ActorSpec& spec, const Reason& reason) {
  if (spec.correlation == 0) return;
  SystemSender(thread, id).tell(shm::ActorId::from_word(spec.creator), request_failed(reason.code, reason.sentence),
                                spec.correlation);
}

/// The children are asked to end, or become top-level actors, as the end that the actor has taken says. Those that only
/// the parent's process could host end with it.
void leave_children(shm::Thread& thread, shm::ActorId id, const Reason& reason) {
  shm::Segment& segment = thread.segment();
  const std::optional<shm::EndWord> end = shm::taken_end(segment, id);
  const bool ends_children = !end || end->ends_children;
  for (const shm::ActorId child : shm::children_of(segment, id)) {
    if (waits_for_parent(segment, child)) {
      close_actor(thread, child, reason);
    } else if (ends_children) {
      (void)order_exit(SystemSender(thread, id), {child}, true);
    } else {
      shm::take_parent_away(segment, child);
    }
  }
}

}  // namespace

void close_actor(shm::Thread& thread, shm::ActorId id, const Reason& given) {
  BUSKIN_CHECK(given.code != Code::Ok);  // Only an actor that ends itself has nothing to explain.
  shm::Segment& segment = thread.segment();
  // An actor that had taken its end before its host died ends for the reason that it took.
  const std::optional<ChildActorExited> noted = noted_end(segment, id);
  const Reason reason = noted ? Reason{noted->code, noted->reason.view(), given.counter} : given;
  ActorSpec spec;
  const shm::LifeState state = shm::life_of(segment, id).state;
  // A close that another process began may be of an actor that had started. Its creator had its answer then, and
  // counts this one as late. Only an actor that has started ends with Ok.
  const bool may_be_waited_for =
      reason.code != Code::Ok && (state <= shm::LifeState::Init || state >= shm::LifeState::Closing);
  const bool is_waited_for = may_be_waited_for && read_spec(segment, id, spec);
  if (shm::life_of(segment, id).state != shm::LifeState::Drained) {
    if (!take_over_close(thread, id)) return;
    note_end(thread, id, exited(address_in(segment, id), reason.code, reason.sentence));  // Should we die meanwhile.
    leave_children(thread, id, given);
    shm::remove_name(thread, id);
    drain_mail(thread, {id, reason.counter});
  }
  const shm::ActorId parent = shm::parent_of(segment, id);
  send_exit_notice(thread, id, parent, exited(address_in(segment, id), reason.code, reason.sentence));
  shm::release_slot(thread, id);
  if (is_waited_for) tell_creator(thread, id, spec, reason);
}

}  // namespace buskin::runtime
