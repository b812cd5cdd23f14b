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

/// Gives a FlatBufferBuilder its memory out of message blocks. Where there is none it gives private memory, which is
/// copied when it is sent; when the system is gone, or this is a forked child, it cannot be sent.
class SlabAllocator : public flatbuffers::Allocator {
 public:
  explicit SlabAllocator(TurnEndpoint& turn) : turn_(&turn) {}
  explicit SlabAllocator(ClientEndpoint& client) : link_(client.link()) {}
  SlabAllocator(const SlabAllocator&) = delete;
  SlabAllocator& operator=(const SlabAllocator&) = delete;
  ~SlabAllocator() override { release(); }

  std::uint8_t* allocate(std::size_t bytes) override {
    Result<Slab> opened = endpoint().open(bytes);
    if (!opened.ok()) return allocate_private(bytes, opened.error());
    slab_ = *opened;
    // The builder counts from the end of what it asked for; a block may be larger.
    return reinterpret_cast<std::uint8_t*>(slab_.place.data() + slab_.place.size() - bytes);
  }
  void deallocate(std::uint8_t*, std::size_t) override { release(); }
  std::uint8_t* reallocate_downward(std::uint8_t* old_place, std::size_t old_bytes, std::size_t new_bytes,
                                    std::size_t in_use_back, std::size_t in_use_front) override {
    const Slab old = std::exchange(slab_, Slab{});
    const std::unique_ptr<std::uint8_t[]> old_private = std::move(private_);
    std::uint8_t* place = allocate(new_bytes);
    memcpy_downward(old_place, old_bytes, place, new_bytes, in_use_back, in_use_front);
    if (old.block != 0) endpoint().discard(old);
    return place;
  }

  /// The block, which the caller takes over; none when it is not of `system`. Private memory stays as long as this.
  Slab take_for(std::uint64_t system) { return slab_.system == system ? take() : Slab{}; }

 private:
  Endpoint& endpoint() const { return link_ == nullptr ? static_cast<Endpoint&>(*turn_) : *link_->endpoint; }
  std::uint8_t* allocate_private(std::size_t bytes, const Error& why) {
    private_ = std::make_unique_for_overwrite<std::uint8_t[]>(bytes);
    const bool can_be_sent = why.code() == Code::NoMemory || why.code() == Code::TooBig;
    slab_ = {std::as_writable_bytes(std::span(private_.get(), bytes)), 0,
             can_be_sent ? endpoint().self().system() : 0};
    return private_.get();
  }
  void release() {
    if (slab_.block != 0) endpoint().discard(take());
    slab_ = {};
  }
  Slab take() { return std::exchange(slab_, Slab{}); }

  TurnEndpoint* turn_ = nullptr;
  std::shared_ptr<ClientLink> link_;  // A draft of a client may outlive its system.
  Slab slab_;
  std::unique_ptr<std::uint8_t[]> private_;
};

}  // namespace detail

/// From context.draft<T>(bytes) or system.draft<T>(bytes). A block that proves too small is replaced by one of twice
/// its size, and what was built moves there. A draft that is dropped gives its memory back. When the segment has no
/// room for it, it lies in private memory, and the verb that sends it copies it, or says no_memory.
///
/// Threads: the one that made it; in an actor, within the turn that made it.
template <class T>
class Draft {
 public:
  /// `Maker`: detail::TurnEndpoint or detail::ClientEndpoint.
  template <class Maker>
  Draft(Maker& endpoint, std::size_t bytes)
      : allocator_(std::make_unique<detail::SlabAllocator>(endpoint)),
        builder_(std::make_unique<detail::Builder>(bytes, allocator_.get())) {}

  /// Valid until the draft is sent.
  detail::Builder& builder() { return *builder_; }

  /// The last step before it is sent: names the root table.
  void finish(flatbuffers::Offset<T> root) { builder_->Finish(root); }

  /// For send in `system`: the block and how many of its last bytes are the message. No block when it is of another
  /// one.
  std::pair<detail::Slab, std::size_t> release(std::uint64_t system) && {
    const std::size_t bytes = builder_->GetSize();
    const detail::Slab slab = allocator_->take_for(system);
    builder_.reset();
    return {slab, bytes};
  }

 private:
  std::unique_ptr<detail::SlabAllocator> allocator_;
  std::unique_ptr<detail::Builder> builder_;
};

}  // namespace buskin::v0
