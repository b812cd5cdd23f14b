// Cell: its children, from create() to the request for each.
//
// An exactly-once turn only reserves them: name, birth and address are there, and
// messages for them wait. They are asked for by the turn's journal when it
// commits. A turn that fails, or dies, leaves none.
//
// Floor: runtime.
#include <algorithm>

#include "api/runtime/cell.hpp"
#include "api/runtime/host.hpp"
#include "shm/segment/names.hpp"

namespace buskin::runtime {

Result<Address> Cell::create(const detail::ActorInfo& actor, const CreateOptions& options,
                             std::span<const std::byte> init) {
  Desk& desk = *desk_;
  std::uint64_t key = 0;
  if (!options.name.empty()) {
    key = detail::hash_text(options.name);
    const shm::ActorId holder = shm::find_name(host_->segment(), options.name);
    const auto known = rare().children.find(static_cast<std::uint32_t>(holder.index));
    if (known != rare().children.end() && known->second.gen == holder.gen) return address_of(holder);
  } else {
    key = detail::hash_text(std::to_string(desk.creates++), actor.id ^ desk.turn_stamp * 0x9e37'79b9'7f4a'7c15);
    for (const auto& [index, child] : rare().children) {
      if (!desk.is_repeated) break;  // Only a turn that ran before can find a child of its own.
      if (child.key == key) return address_of({static_cast<shm::ActorIndex>(index), child.gen});
    }
  }
  Birth birth;
  birth.options = options;
  birth.init.assign(init.begin(), init.end());
  Result<Address> made = create_child(actor, birth, key);
  if (made.ok()) {
    rare().children[made->index()] = {made->generation(), false, key};
  } else {
    tell_unborn({}, made.error());
  }
  return made;
}

/// At once, or with the turn.
Result<Address> Cell::create_child(const detail::ActorInfo& actor, Birth& birth, std::uint64_t key) {
  if (!desk_->is_exact) return bear(actor, birth, id_, key);
  const Result<shm::ActorId> id = conceive(actor, birth, id_, key);
  if (!id.ok()) return id.error();
  desk_->staged.push_back(host_->prepare_to_live(*thread_, *id, birth));
  desk_->unborn.push_back(*id);
  return address_of(*id);
}

/// What was created is not there: as if it had ended.
void Cell::tell_unborn(Address child, const Error& error) {
  ChildActorExited gone{};
  gone.child = child;
  gone.code = error.code();
  gone.reason = std::string_view(error.what());
  (void)send_message({{id_, shm::Lane::Messages, shm::Admission::Exempt}, 0},
                     detail::kMessageInfo<ChildActorExited>, bytes_of(gone));
}

/// The turn is committed, and with it what it made.
void Cell::settle_made() {
  bring_unborn(desk_->unborn.size());
  if (rare_ == nullptr) return;
  std::erase_if(rare_->timers, [](const Timer& timer) { return timer.cancelled != Timer::Cancelled::No; });
}

/// The turn is one of a group.
void Cell::gather_made() {
  desk_->group->unborn = desk_->unborn.size();
  if (!std::exchange(desk_->is_exact, false) || rare_ == nullptr) return;
  for (Timer& timer : rare_->timers) {
    if (timer.cancelled == Timer::Cancelled::InTurn) timer.cancelled = Timer::Cancelled::InGroup;
  }
}

/// The group is committed; the message in hand, if there is one, is not of it.
void Cell::settle_gathered() {
  bring_unborn(std::exchange(desk_->group->unborn, 0));
  if (rare_ == nullptr) return;
  std::erase_if(rare_->timers, [](const Timer& timer) { return timer.cancelled == Timer::Cancelled::InGroup; });
}

/// Of the first `count`: those that this process is to start itself, and those whose request no admin took.
void Cell::bring_unborn(std::size_t count) {
  if (count == 0) return;
  shm::Segment& segment = host_->segment();
  const auto end = desk_->unborn.begin() + static_cast<std::ptrdiff_t>(count);
  const std::vector<shm::ActorId> ids(desk_->unborn.begin(), end);
  desk_->unborn.erase(desk_->unborn.begin(), end);
  for (const shm::ActorId id : ids) {
    const shm::LifeWord life = shm::life_of(segment, id);
    Birth birth;
    const bool is_ours = life.state == shm::LifeState::Requested && life.host == thread_->process();
    if (!is_ours || !read_birth(segment, id, birth)) continue;
    const Status status = host_->bring_to_life(*thread_, id, birth);
    if (status.ok()) continue;
    discard_unborn(id);
    rare().children.erase(static_cast<std::uint32_t>(id.index));
    tell_unborn(address_of(id), status.error());
  }
}

/// The turn is rolled back: nobody has their addresses.
void Cell::discard_unborn_children() {
  std::vector<shm::ActorId>& unborn = desk_->unborn;
  const std::size_t kept = is_gathering() ? desk_->group->unborn : 0;
  for (; unborn.size() > kept; unborn.pop_back()) {
    discard_unborn(unborn.back());
    rare().children.erase(static_cast<std::uint32_t>(unborn.back().index));
  }
}

}  // namespace buskin::runtime
