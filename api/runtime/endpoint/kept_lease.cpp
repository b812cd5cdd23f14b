// KeptLease: frees its block, unless the turn that kept it still holds it.
#include "api/runtime/endpoint/kept_lease.hpp"

#include <utility>

#include "api/runtime/endpoint/returned_notice.hpp"
#include "shm/base/check.hpp"
#include "shm/memory/returned.hpp"

namespace buskin::runtime {

KeptLease::KeptLease(Node& node, detail::Incoming incoming, KeptLease** slot, LentCopy lent)
    : node_(&node), mark_(node.mark()), slot_(slot), lent_(std::move(lent)) {
  delivery = incoming;
  // The notice that the block stands for lies in memory of the turn.
  if (lent_ == nullptr && is_expanded(node.segment(), incoming)) {
    copy_.assign(incoming.bytes.begin(), incoming.bytes.end());
    delivery.bytes = copy_;
  }
  if (slot_ == nullptr) return;
  BUSKIN_CHECK(*slot_ == nullptr);  // A turn has one message in hand.
  *slot_ = this;
}

KeptLease::~KeptLease() {
  if (slot_ != nullptr) {
    *slot_ = nullptr;  // The turn completes the message as if it had not been kept.
  } else if (delivery.block != 0 && mark_.is_usable()) {
    shm::drop(node_->thread(), static_cast<shm::Handle>(delivery.block));
  }
}

void KeptLease::own() {
  BUSKIN_CHECK(slot_ != nullptr);
  slot_ = nullptr;
}

void KeptLease::detach() {
  BUSKIN_CHECK(slot_ != nullptr);
  if (copy_.empty()) copy_.assign(delivery.bytes.begin(), delivery.bytes.end());
  delivery.bytes = copy_;
  delivery.block = 0;
  slot_ = nullptr;
}

}  // namespace buskin::runtime
