// ForkMark: whether this process is the one that made an object, or was forked from it.
//
// A forked child has neither the pages of the segment nor the other threads of its parent, and the parent still uses
// what both have. So an object of the runtime does nothing in a child, not even at its end.
#pragma once

#include <memory>

namespace buskin::runtime {

/// Made with an object, it says later whether the process has been forked since.
class ForkMark {
 public:
  ForkMark();
  bool is_forked() const;

 private:
  int count_;
};

extern int fork_count;  // Written in the child of a fork, where there is one thread.

/// How often this process and those before it were forked, since the first ForkMark was made. Cost: a load.
inline int forks_count() { return fork_count; }

/// The child of a fork that a handler made has come to the end of the handler, and has nothing to go on with. Ends it
/// without exit handlers, because the other threads of its parent are not there.
[[noreturn]] void end_forked_child(int status);

/// For a forked child: `object` is never destroyed. Its threads are not there to be joined, and its memory is its
/// parent's.
void keep_for_ever(std::shared_ptr<void> object);

}  // namespace buskin::runtime
