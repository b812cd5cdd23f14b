// Node: joins a segment, and decides where a new actor starts.
#include "api/runtime/node/node.hpp"

#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "shm/actor/create_entry.hpp"
#include "shm/segment/slot_facts.hpp"
#include "shm/segment/types.hpp"

namespace buskin::runtime {

Node::Node(shm::Segment segment, const NodeOptions& options, std::unique_ptr<Spawner> spawner)
    : options_(options), segment_(std::move(segment)), system_id_(segment_.system_id()), types_(segment_),
      spawner_(std::move(spawner)) {
  auto joined = shm::Member::join(segment_, {options.role, options.title, options.program, options.lock_path});
  if (!joined.ok()) throw std::runtime_error("buskin: " + joined.error().detail);
  member_ = std::move(joined).value();
}

/// What the program has kept, and the drafts that it still writes, stay where they are as private memory: their blocks
/// belong to others by then.
Node::~Node() {
  if (member_ == nullptr) return;
  std::vector<shm::PlacedBytes> left;
  member_->note_held(left);
  member_.reset();
  segment_.leave_behind(std::move(left));
}

/// Lets tools show the type: only the creator knows its name before the actor runs somewhere.
void Node::note_type(shm::ActorId actor, const ActorSpec& spec) {
  const auto type = shm::register_type(segment_, {spec.type_id, spec.type_name, 0, shm::TypeKind::Actor});
  if (type.ok()) shm::write_type(segment_, actor, type.value());
}

Status Node::start_actor(shm::Thread& thread, shm::ActorId actor, const ActorSpec& spec) {
  if (is_for_here(spec)) return host(actor, spec);
  note_type(actor, spec);
  return spawner_->spawn(*this, thread, actor, spec);
}

shm::Staged Node::stage_start(shm::Thread& thread, shm::ActorId actor, const ActorSpec& spec) {
  std::optional<shm::Staged> request;
  if (!is_for_here(spec)) {
    note_type(actor, spec);
    request = spawner_->prepare(*this, thread, actor);
  }
  const shm::Handle block = shm::spec_of(segment_, actor);
  BUSKIN_CHECK(block != shm::Handle::None);
  return request.value_or(shm::creation_here(actor, block));
}

}  // namespace buskin::runtime
