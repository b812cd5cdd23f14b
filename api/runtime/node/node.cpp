// Node: joins a segment, and decides where a new actor starts.
#include "api/runtime/node/node.hpp"

#include <pthread.h>

#include <optional>
#include <stdexcept>

#include "shm/actor/create_entry.hpp"
#include "shm/segment/slot_facts.hpp"
#include "shm/segment/types.hpp"

namespace buskin::runtime {

namespace {

int fork_count = 0;  // Written in the child of a fork, where there is one thread.

int watch_forks() {
  static const int once = ::pthread_atfork(nullptr, nullptr, [] { ++fork_count; });
  BUSKIN_CHECK(once == 0);
  return fork_count;
}

}  // namespace

Node::Node(shm::Segment segment, const NodeOptions& options, std::unique_ptr<Spawner> spawner)
    : options_(options), segment_(std::move(segment)), types_(segment_), waits_(segment_),
      spawner_(std::move(spawner)), forks_(watch_forks()) {
  auto joined = shm::Member::join(segment_, {options.role, options.title, options.program, options.lock_path});
  if (!joined.ok()) throw std::runtime_error("buskin: " + joined.error().detail);
  member_ = std::move(joined).value();
}

Node::~Node() = default;

bool Node::is_forked() const { return forks_ != fork_count; }

void Node::abandon_member() {
  BUSKIN_CHECK(is_forked());  // Our own entry would never be returned.
  (void)member_.release();
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
