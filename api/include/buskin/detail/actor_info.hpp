// ActorInfo: what the runtime knows of an actor type. One constant per type; an actor itself
// costs its members and nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "buskin/detail/endpoint.hpp"

namespace buskin::inline v0 {
class Context;
}

namespace buskin::inline v0::detail {

struct HandlerInfo {
  const MessageInfo* message;
  const MessageInfo* reply;  ///< Null when it answers nothing.
  void (*run)(void* actor, Context& context, Incoming& delivery);
};

struct ActorInfo {
  std::uint64_t id;
  std::string_view name;
  std::size_t bytes;
  std::size_t alignment;
  const MessageInfo* init;   ///< Null: default constructed.
  const MessageInfo* saves;  ///< Null: no saved state.
  Delivery delivery;
  Group group;               ///< With one message each is a turn of its own.
  Strategy strategy;
  std::span<const HandlerInfo> handlers;
  void (*construct)(void* place, std::span<const std::byte> init);
  void (*destroy)(void* actor);
  void (*on_start)(void* actor, Context& context);  ///< Never null.
  void (*on_stop)(void* actor, Context& context);
  /// After a restart: with the saved state, or empty bytes.
  void (*on_restart)(void* actor, Context& context, std::span<const std::byte> saved);
  void (*on_save)(void* actor, Context& context);  ///< Before a turn or group commits; null: handlers save.
};

/// All actor types that this program names, in a list that is complete before main.
void register_actor(const ActorInfo& info);

/// Its construction puts a type on that list.
struct Registration {
  explicit Registration(const ActorInfo& info) { register_actor(info); }
};

}  // namespace buskin::v0::detail
