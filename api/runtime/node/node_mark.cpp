// NodeMark: a pool of places.
#include "api/runtime/node/node_mark.hpp"

#include <memory>
#include <mutex>
#include <vector>

#include "shm/base/atomic.hpp"
#include "shm/base/check.hpp"

namespace buskin::runtime {

struct NodePlace {
  shm::Atomic<std::uint64_t> life{0};
};

namespace {

struct Pool {
  std::mutex mutex;  // Guards what follows.
  std::vector<std::unique_ptr<NodePlace>> all;
  std::vector<NodePlace*> free;
};

/// Never destroyed: a handle with static lifetime may ask after it.
Pool& pool() {
  static auto* const made = new Pool;
  return *made;
}

NodePlace* take_place() {
  const std::lock_guard lock(pool().mutex);
  if (pool().free.empty()) {
    pool().all.push_back(std::make_unique<NodePlace>());
    return pool().all.back().get();
  }
  NodePlace* const place = pool().free.back();
  pool().free.pop_back();
  return place;
}

}  // namespace

NodeMark::NodeMark(const NodePlace& place, ForkMark forks)
    : place_(&place), life_(place.life.load_relaxed()), forks_(forks) {}  // relaxed: its node is there.

bool NodeMark::is_usable() const {
  // relaxed: a program that uses a handle while another thread ends its system has to order the two itself.
  return place_->life.load_relaxed() == life_ && !forks_.is_forked();
}

NodePresence::NodePresence() : place_(take_place()) {}

NodePresence::~NodePresence() {
  BUSKIN_CHECK(!is_forked());  // The place is the parent's.
  place_->life.add_relaxed(1);  // relaxed: as in is_usable().
  const std::lock_guard lock(pool().mutex);
  pool().free.push_back(place_);
}

}  // namespace buskin::runtime
