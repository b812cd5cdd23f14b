// ReturnedNotice: the notice that a returned message stands for, as its sender's handler sees it.
//
// Without memory a message becomes the notice about itself (shm/memory/returned.hpp); what that cannot carry, such as a
// reason, is said by the code's own sentence.
#pragma once

#include <string_view>

#include "buskin/detail/endpoint.hpp"
#include "buskin/error.hpp"
#include "shm/memory/returned.hpp"

namespace buskin::runtime {

shm::Returned returned_as(shm::Returned::Kind kind, Code code, std::uint8_t attempts = 0);

/// The message, HELD by `thread`, goes back to its sender.
void send_returned(shm::Thread& thread, shm::Handle message, const shm::Returned& notice);

/// What `type` and `notice` say, in private memory of this thread: valid until it has read kReturnedKept others.
detail::Incoming expand_returned(const detail::MessageInfo& type, const shm::Returned& notice, Address receiver);
inline constexpr std::size_t kReturnedKept = 16;
/// Is that what is shown, and not the block?
inline bool is_expanded(const shm::Segment& segment, const detail::Incoming& incoming) {
  const auto block = static_cast<shm::Handle>(incoming.block);
  return incoming.block != 0 && shm::is_returned(shm::view_payload(segment, block));
}

}  // namespace buskin::runtime
