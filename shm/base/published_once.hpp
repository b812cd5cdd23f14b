// PublishedOnce<T>: a fact that stands in shared memory before a thread can ask for it.
//
// The creator of a row writes its facts, and then the word that publishes the row: `in` of a mailbox, `life`
// of a slot, the request for an actor. The facts do not change again while the row lives.
//
// So a relaxed read is right: its caller has seen the publishing word, or has the row's address from
// a thread that had. A caller that walks over all rows has not; it may meet a row that is just being
// filled, and read a fact of its former life. The decision of such a caller must be harmless then, or
// depend on a check of the row's generation.
#pragma once

#include "shm/base/atomic.hpp"

namespace buskin::shm {

template <class T>
class PublishedOnce {
 public:
  // relaxed: the word that publishes the row comes later, and orders this store.
  void write(T value) { value_.store_relaxed(value); }
  // relaxed: the caller has seen that word; see above.
  T read() const { return value_.load_relaxed(); }

 private:
  Atomic<T> value_;
};

}  // namespace buskin::shm
