// Instance: the object behind an actor, of its user's type: its memory, its hooks and its handlers.
//
// Code of the user runs in each of these but handler_of(); the caller catches what it throws.
#pragma once

#include <cstdint>
#include <span>

#include "buskin/context.hpp"
#include "buskin/detail/actor_info.hpp"

namespace buskin::runtime {

/// Threads: the one that runs the actor.
class Instance {
 public:
  explicit Instance(const detail::ActorInfo& info) : info_(&info) {}
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  // The end of an actor destroys the object. One that is left when a process ends goes with the process.

  const detail::ActorInfo& info() const { return *info_; }
  bool exists() const { return object_ != nullptr; }
  bool is_exact() const { return info_->delivery == Delivery::ExactlyOnce; }
  /// Is on_save asked for the state, and not each handler?
  bool saves_by_hook() const { return info_->on_save != nullptr; }

  /// Requires that there is none. Leaves none when the constructor throws.
  void construct(std::span<const std::byte> init);
  /// No effect when there is none. Leaves none when the destructor throws.
  void destroy();

  void start(Context& context) { info_->on_start(object_, context); }
  void restart(Context& context, std::span<const std::byte> saved) { info_->on_restart(object_, context, saved); }
  void stop(Context& context) { info_->on_stop(object_, context); }
  void save(Context& context) { info_->on_save(object_, context); }

  /// Null when the type has none for this message.
  const detail::HandlerInfo* handler_of(std::uint64_t message) const {
    for (const detail::HandlerInfo& handler : info_->handlers) {
      if (handler.message->id == message) return &handler;
    }
    return nullptr;
  }
  void handle(const detail::HandlerInfo& handler, Context& context, detail::Incoming& delivery) {
    handler.run(object_, context, delivery);
  }

 private:
  const detail::ActorInfo* info_;
  void* object_ = nullptr;
};

}  // namespace buskin::runtime
