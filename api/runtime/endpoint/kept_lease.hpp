// KeptLease: a message that its handler kept beyond the turn.
//
// Until the turn is complete the block is the turn's: it may fail, and then the message
// comes again. The turn remembers the lease in a slot, which own() and detach() end.
//
// A lease may outlive its system: then its block belongs to no one, and its bytes are private memory at their former
// place; see Node's destructor. It may be copied into a forked child: there its block is its parent's.
#pragma once

#include <vector>

#include "api/runtime/endpoint/lent_copy.hpp"
#include "api/runtime/node/node.hpp"
#include "buskin/detail/endpoint.hpp"

namespace buskin::runtime {

class KeptLease final : public detail::Lease {
 public:
  /// `lent`: what `incoming` shows, if that is a copy.
  KeptLease(Node& node, detail::Incoming incoming, KeptLease** slot, LentCopy lent = nullptr);
  ~KeptLease() override;
  /// The turn is complete: the block is the lease's.
  void own();
  /// The attempt failed, and its message is delivered again: from here on a copy of the bytes.
  void detach();

 private:
  Node* node_;
  NodeMark mark_;
  KeptLease** slot_;  // Where the turn remembers us; null when it is over.
  std::vector<std::byte> copy_;
  LentCopy lent_;
};

}  // namespace buskin::runtime
