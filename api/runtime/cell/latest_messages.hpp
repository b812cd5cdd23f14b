// LatestMessages: which messages of a KeepLatest mailbox are skipped for newer ones.
#pragma once

#include <cstdint>

#include "buskin/options.hpp"
#include "shm/mailbox/byte_quota.hpp"
#include "shm/mailbox/send.hpp"
#include "shm/memory/payload.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

class LatestMessages {
 public:
  explicit LatestMessages(const MailboxOptions& mailbox)
      : messages_max_(mailbox.when_full == WhenFull::KeepLatest ? mailbox.capacity : 0) {}

  /// Is it such a mailbox?
  bool is_on() const { return messages_max_ != 0; }
  /// Is the oldest message of lane Messages to be skipped? Not if it was never refused for want of room either: a
  /// notice, a timer, a request to end.
  bool skips(const shm::Segment& segment, shm::ActorId actor, shm::Handle oldest) const {
    if (!is_overrun(segment, actor)) return false;
    return (shm::view_payload(segment, oldest).flags & (shm::BlockFlag::kExempt | shm::BlockFlag::kReturned)) == 0;
  }

 private:
  /// Do more messages wait than are kept, or more bytes?
  bool is_overrun(const shm::Segment& segment, shm::ActorId actor) const {
    if (shm::pending_count(segment, actor.index, shm::Lane::Messages) > messages_max_) return true;
    const std::uint64_t bytes_max = shm::bytes_kept_of(segment, actor);
    return bytes_max != 0 && shm::bytes_in_lane(segment.mailbox(actor.index)) > bytes_max;
  }

  std::uint32_t messages_max_;  // 0: it is another mailbox.
};

}  // namespace buskin::runtime
