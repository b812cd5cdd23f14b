// LentCopy: under AddressSanitizer a handler reads a copy of its message, and the copy ends with the turn.
//
// A pointer into a message that is used after its turn reads the bytes of another message, without a fault: the memory
// is mapped, and some block's. A copy is memory of its own, so the sanitizer reports the use, with the place at which
// the turn ended. Poisoning the block itself would say the same in one process only: which process uses the block next
// is known to none of the others, whose own marks would then be wrong.
#pragma once

#include <cstddef>
#include <memory>

#include "buskin/detail/endpoint.hpp"

namespace buskin::runtime {

/// Null outside of AddressSanitizer.
using LentCopy = std::unique_ptr<std::byte[]>;

extern const bool lent_copies_are_on;
/// Does this program run with AddressSanitizer? The library itself need not be built with it.
inline bool lends_copies() { return lent_copies_are_on; }

LentCopy copy_to_lend(detail::Incoming& message);

/// Makes the message show a copy of its bytes, which lives as long as the result. Null when lends_copies() is false.
inline LentCopy lend_copy(detail::Incoming& message) {
  return lends_copies() ? copy_to_lend(message) : nullptr;
}

}  // namespace buskin::runtime
