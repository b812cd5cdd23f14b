// Instance: memory for the object, and its end.
#include "api/runtime/cell/instance.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "shm/base/check.hpp"

namespace buskin::runtime {

void Instance::construct(std::span<const std::byte> init) {
  BUSKIN_CHECK(object_ == nullptr);
  const auto alignment = std::align_val_t{info_->alignment};
  void* const place = ::operator new(std::max<std::size_t>(info_->bytes, 1), alignment);
  try {
    info_->construct(place, init);
  } catch (...) {
    ::operator delete(place, alignment);
    throw;
  }
  object_ = place;
}

void Instance::destroy() {
  if (object_ == nullptr) return;
  struct Memory {
    ~Memory() { ::operator delete(object, alignment); }  // Also when the destructor of the object throws.
    void* object;
    std::align_val_t alignment;
  };
  const Memory memory{std::exchange(object_, nullptr), std::align_val_t{info_->alignment}};
  info_->destroy(memory.object);
}

}  // namespace buskin::runtime
