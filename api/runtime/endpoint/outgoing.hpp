// Outgoing: a message whose receiver is known, on its way into a mailbox.
#pragma once

#include <cstdint>

#include "buskin/detail/endpoint.hpp"
#include "shm/mailbox/send.hpp"

namespace buskin::runtime {

struct Outgoing {
  shm::Destination to{};
  std::uint64_t correlation = 0;  ///< Of a request, or of its reply; else 0.
  detail::Wait wait = detail::Wait::AsConfigured;
};

}  // namespace buskin::runtime
