// lent_copy: asks for the sanitizer by a function that only its runtime has.
#include "api/runtime/endpoint/lent_copy.hpp"

#include <algorithm>

#include "shm/base/check.hpp"

// Not ours: the sanitizer's name for it.
extern "C" __attribute__((weak)) int __asan_address_is_poisoned(const volatile void* address);

namespace buskin::runtime {

const bool lent_copies_are_on = &__asan_address_is_poisoned != nullptr;

LentCopy copy_to_lend(detail::Incoming& message) {
  BUSKIN_CHECK(message.bytes.empty() || message.bytes.data() != nullptr);
  LentCopy copy(new std::byte[message.bytes.size() + 1]);  // Bytes of their own, also for an empty message.
  std::copy(message.bytes.begin(), message.bytes.end(), copy.get());
  message.bytes = {copy.get(), message.bytes.size()};
  return copy;
}

}  // namespace buskin::runtime
