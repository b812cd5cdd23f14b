// Returned: a message that has become the notice about itself, because there was no memory for one.
//
// Its receiver, or the process that closes its receiver's mailbox, sends the block back to the message's sender, by the
// journal of a turn as a forward does. The block has the flag kReturned, keeps its type, its sender and the correlation
// of a request, and says behind its header what the notice has to say:
//
//   offset  size  field
//       32     8  the correlation, when the block has an extension
//       40     8  kind, code, attempts
//       48     8  ActorId of the receiver that gave the message up
//       56     8  id of the message
//
// The flag is one store, and comes first: from then on the message is given up. A death before the commit leaves the
// block in its mailbox, where its `sender` is another actor than the receiver: the notice is written again, and sent.
#pragma once

#include <cstdint>

#include "shm/memory/payload.hpp"

namespace buskin::shm {

struct Returned {
  enum class Kind : std::uint8_t { None = 0, Undeliverable = 1, Poison = 2, RequestFailed = 3 };
  Kind kind{};
  std::uint8_t code = 0;  ///< As the runtime numbers its errors.
  std::uint8_t attempts = 0;
  ActorId receiver{};
  std::uint64_t message_id = 0;
};

inline bool is_returned(const PayloadView& message) { return (message.flags & BlockFlag::kReturned) != 0; }

/// The message, which the caller has in hand, becomes a notice. May be repeated.
void mark_returned(Segment& segment, Handle message, const Returned& notice);
/// Requires is_returned(). After a death the notice may not be whole: then its receiver is any.
Returned read_returned(const Segment& segment, Handle message);

}  // namespace buskin::shm
