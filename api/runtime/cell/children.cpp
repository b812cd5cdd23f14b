// Children: known from their create() on, until each is gone.
#include "api/runtime/cell/children.hpp"

#include "shm/base/check.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

namespace {

bool is_gone(const shm::Segment& segment, shm::ActorId id) {
  const shm::LifeState state = shm::life_of(segment, id).state;
  return state == shm::LifeState::Free || state == shm::LifeState::Drained;
}

shm::ActorId id_of(std::uint32_t index, std::uint32_t gen) { return {static_cast<shm::ActorIndex>(index), gen}; }

}  // namespace

bool Children::has(shm::ActorId child) const {
  const auto known = children_.find(static_cast<std::uint32_t>(child.index));
  return known != children_.end() && known->second.gen == child.gen;
}

std::optional<shm::ActorId> Children::find(std::uint64_t key) const {
  for (const auto& [index, child] : children_) {
    if (child.key == key) return id_of(index, child.gen);
  }
  return std::nullopt;
}

std::vector<shm::ActorId> Children::list() const {
  std::vector<shm::ActorId> ids;
  ids.reserve(children_.size());
  for (const auto& [index, child] : children_) ids.push_back(id_of(index, child.gen));
  return ids;
}

void Children::add(shm::ActorId child, std::uint64_t key) {
  BUSKIN_CHECK(!has(child));
  children_[static_cast<std::uint32_t>(child.index)] = {child.gen, false, key};
}

void Children::remove(shm::ActorId child) {
  if (has(child)) children_.erase(static_cast<std::uint32_t>(child.index));
}

void Children::adopt(const shm::Segment& segment, shm::ActorId parent) {
  for (const shm::ActorId id : shm::children_of(segment, parent)) {
    children_[static_cast<std::uint32_t>(id.index)] = {id.gen, false, shm::key_of(segment, id)};
  }
}

std::vector<shm::ActorId> Children::take_untold() {
  std::vector<shm::ActorId> ids;
  for (auto& [index, child] : children_) {
    if (child.is_told) continue;
    child.is_told = true;
    ids.push_back(id_of(index, child.gen));
  }
  return ids;
}

std::optional<shm::ActorId> Children::next_alive(const shm::Segment& segment) {
  // Ends: at the first child that lives; the others are looked at when it is gone.
  while (!children_.empty()) {
    const auto& [index, child] = *children_.begin();
    BUSKIN_CHECK(child.is_told);
    if (!is_gone(segment, id_of(index, child.gen))) return id_of(index, child.gen);
    children_.erase(children_.begin());
  }
  return std::nullopt;
}

void Children::release(shm::Segment& segment) {
  for (const auto& [index, child] : children_) {
    const shm::ActorId id = id_of(index, child.gen);
    if (!child.is_told && shm::is_open(segment, id)) shm::take_parent_away(segment, id);
  }
  children_.clear();
}

}  // namespace buskin::runtime
