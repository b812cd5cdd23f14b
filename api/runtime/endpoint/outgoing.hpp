// Outgoing: a message whose receiver is known, on its way into a mailbox.
#pragma once

#include <cstdint>

#include "buskin/detail/endpoint.hpp"
#include "shm/mailbox/send.hpp"

namespace buskin::runtime {

struct Outgoing {
  shm::Destination to{};
  std::uint64_t correlation = 0;  ///< Names a request and its reply; 0 for other messages.
  detail::Wait wait = detail::Wait::AsConfigured;
  std::uint64_t deadline_ns = 0;  ///< When it expires, in its mailbox or before it has a place there; 0: never.
};

}  // namespace buskin::runtime
