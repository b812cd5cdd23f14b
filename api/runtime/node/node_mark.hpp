// NodeMark: what a handle remembers of its node, to ask later whether it is still there.
//
// A program may keep a message, an answer or a Sender longer than the system that it came from. Such a handle has a
// pointer to a Node that is gone, and its block belongs to others. It asks its mark first.
//
//   NodePresence, in the Node      one place of the pool, as long as the Node lives
//   NodeMark, in the handle        that place, and the life that it had
//
// A place is never freed and its life changes when a Node ends, so a mark may ask at any time.
#pragma once

#include <cstdint>

#include "api/runtime/node/fork_mark.hpp"

namespace buskin::runtime {

struct NodePlace;

class NodeMark {
 public:
  NodeMark(const NodePlace& place, ForkMark forks);
  /// Is the node there, and this its process? Cost: two loads.
  bool is_usable() const;
  bool is_forked() const { return forks_.is_forked(); }

 private:
  const NodePlace* place_;
  std::uint64_t life_;
  ForkMark forks_;
};

class NodePresence {
 public:
  NodePresence();
  ~NodePresence();
  NodePresence(const NodePresence&) = delete;
  NodePresence& operator=(const NodePresence&) = delete;

  NodeMark mark() const { return {*place_, forks_}; }
  bool is_forked() const { return forks_.is_forked(); }

 private:
  NodePlace* place_;
  ForkMark forks_;
};

}  // namespace buskin::runtime
