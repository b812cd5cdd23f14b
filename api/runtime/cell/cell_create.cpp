// Cell: its children, from create() to the request for each.
//
// An exactly-once turn only reserves them: name, birth and address are there, and
// messages for them wait. They are asked for by the turn's journal when it
// commits. A turn that fails, or dies, leaves none.
#include <algorithm>

#include "api/runtime/cell/cell.hpp"
#include "api/runtime/node/node.hpp"
#include "shm/names/names.hpp"

namespace buskin::runtime {

Result<Address> Cell::create(const detail::ActorInfo& actor, const CreateOptions& options,
                             std::span<const std::byte> init) {
  ActiveState& active = *active_;
  std::uint64_t key = 0;
  if (!options.name.empty()) {
    key = detail::hash_text(options.name);
    const shm::ActorId holder = shm::find_name(node_->segment(), options.name);
    if (rare().children.has(holder)) return address_of(holder);
  } else {
    key = detail::hash_text(std::to_string(active.creates++), actor.id ^ active.turn_stamp * 0x9e37'79b9'7f4a'7c15);
    // Only a turn that ran before can find a child of its own.
    const auto known = active.is_repeated ? rare().children.find(key) : std::nullopt;
    if (known.has_value()) return address_of(*known);
  }
  ActorSpec spec;
  spec.options = options;
  spec.init.assign(init.begin(), init.end());
  Result<Address> made = create_child(actor, spec, key);
  if (made.ok()) {
    rare().children.add({static_cast<shm::ActorIndex>(made->index()), made->generation()}, key);
  } else {
    tell_not_started({}, made.error());
  }
  return made;
}

/// At once, or with the turn.
Result<Address> Cell::create_child(const detail::ActorInfo& actor, ActorSpec& spec, std::uint64_t key) {
  if (!active_->is_exact) return create_actor(actor, spec, id_, key);
  const Result<shm::ActorId> id = reserve_actor_slot(actor, spec, id_, key);
  if (!id.ok()) return id.error();
  active_->staged.push_back(node_->stage_start(*thread_, *id, spec));
  active_->requested.push_back(*id);
  return address_of(*id);
}

/// What was created is not there: as if it had ended.
void Cell::tell_not_started(Address child, const Error& error) {
  tell(id_, exited(child, error.code(), error.what()));
}

/// The turn is committed, and with it what it made.
void Cell::settle_made() {
  start_requested(active_->requested.size());
  if (rare_ != nullptr) rare_->timers.commit_turn();
}

/// The turn is one of a group.
void Cell::gather_made() {
  active_->group->requested = active_->requested.size();
  if (std::exchange(active_->is_exact, false) && rare_ != nullptr) rare_->timers.gather_turn();
}

/// The group is committed; the message in hand, if there is one, is not of it.
void Cell::settle_gathered() {
  start_requested(std::exchange(active_->group->requested, 0));
  if (rare_ != nullptr) rare_->timers.commit_group();
}

/// Of the first `count`: those that this process is to start itself, and those whose request no admin took.
void Cell::start_requested(std::size_t count) {
  if (count == 0) return;
  shm::Segment& segment = node_->segment();
  const auto end = active_->requested.begin() + static_cast<std::ptrdiff_t>(count);
  const std::vector<shm::ActorId> ids(active_->requested.begin(), end);
  active_->requested.erase(active_->requested.begin(), end);
  for (const shm::ActorId id : ids) {
    const shm::LifeWord life = shm::life_of(segment, id);
    ActorSpec spec;
    const bool is_ours = life.state == shm::LifeState::Requested && life.host == thread_->process();
    if (!is_ours || !read_spec(segment, id, spec)) continue;
    const Status status = node_->start_actor(*thread_, id, spec);
    if (status.ok()) continue;
    abandon_actor(id);
    rare().children.remove(id);
    tell_not_started(address_of(id), status.error());
  }
}

/// The turn is rolled back: nobody has their addresses.
void Cell::abandon_children() {
  std::vector<shm::ActorId>& requested = active_->requested;
  const std::size_t kept = is_gathering() ? active_->group->requested : 0;
  for (; requested.size() > kept; requested.pop_back()) {
    abandon_actor(requested.back());
    rare().children.remove(requested.back());
  }
}

}  // namespace buskin::runtime
