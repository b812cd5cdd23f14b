// Draft<T>: a message built in shared memory over several statements.
//
// send<T>(to, ...) builds a table in private memory and copies it into its block. That is the
// fastest way for a small message and a waste for a large one; and a table that is built in
// loops and functions does not fit into one expression. A Draft's builder writes into the
// block itself, from the end downwards, and sending it copies nothing.
#pragma once

#include <cstring>
#include <memory>

#include "buskin/detail/build.hpp"
#include "buskin/detail/endpoint.hpp"

namespace buskin::inline v0 {

namespace detail {

/// Gives a FlatBufferBuilder its memory out of message blocks.
class SlabAllocator : public flatbuffers::Allocator {
 public:
  explicit SlabAllocator(Endpoint& endpoint) : endpoint_(&endpoint) {}
  SlabAllocator(const SlabAllocator&) = delete;
  SlabAllocator& operator=(const SlabAllocator&) = delete;
  ~SlabAllocator() override { release(); }

  std::uint8_t* allocate(std::size_t bytes) override {
    Result<Slab> opened = endpoint_->open(bytes);
    if (!opened.ok()) unwrap_failed(opened.error());
    slab_ = *opened;
    // The builder counts from the end of what it asked for; a block may be larger.
    return reinterpret_cast<std::uint8_t*>(slab_.place.data() + slab_.place.size() - bytes);
  }
  void deallocate(std::uint8_t*, std::size_t) override { release(); }
  std::uint8_t* reallocate_downward(std::uint8_t* old_place, std::size_t old_bytes, std::size_t new_bytes,
                                    std::size_t in_use_back, std::size_t in_use_front) override {
    const Slab old = std::exchange(slab_, Slab{});
    std::uint8_t* place = allocate(new_bytes);
    memcpy_downward(old_place, old_bytes, place, new_bytes, in_use_back, in_use_front);
    endpoint_->discard(old);
    return place;
  }

  /// The block, which the caller takes over.
  Slab take() { return std::exchange(slab_, Slab{}); }

 private:
  void release() {
    if (slab_.block != 0) endpoint_->discard(take());
  }
  Endpoint* endpoint_;
  Slab slab_;
};

}  // namespace detail

/// From context.draft<T>(bytes) or system.draft<T>(bytes). A block that proves too small is replaced by one of twice
/// its size, and what was built moves there. A draft that is dropped gives its memory back. When the segment has no
/// room for it, the program ends with a sentence.
///
/// Threads: the one that made it; in an actor, within the turn that made it.
template <class T>
class Draft {
 public:
  Draft(detail::Endpoint& endpoint, std::size_t bytes)
      : allocator_(std::make_unique<detail::SlabAllocator>(endpoint)),
        builder_(std::make_unique<detail::Builder>(bytes, allocator_.get())) {}

  /// Valid until the draft is sent.
  detail::Builder& builder() { return *builder_; }

  /// The last step before it is sent: names the root table.
  void finish(flatbuffers::Offset<T> root) { builder_->Finish(root); }

  /// For send: the block and how many of its last bytes are the message.
  std::pair<detail::Slab, std::size_t> release() && {
    const std::size_t bytes = builder_->GetSize();
    const detail::Slab slab = allocator_->take();
    builder_.reset();
    return {slab, bytes};
  }

 private:
  std::unique_ptr<detail::SlabAllocator> allocator_;
  std::unique_ptr<detail::Builder> builder_;
};

}  // namespace buskin::v0
