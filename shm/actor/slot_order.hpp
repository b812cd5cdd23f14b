// SlotOrder: what an actor is asked to do by a word of its mailbox, when there is no memory for a message.
//
//   orders   gen:32 | bits:32
//
// The generation keeps an order from the next actor of the slot. The actor follows it when it has no message to handle.
// Exit stays until the slot is closed, so a death does not undo it; the others are cleared before they are followed,
// because a restart does what they ask for.
#pragma once

#include "shm/memory/thread.hpp"

namespace buskin::shm {

enum class SlotOrder : std::uint32_t {
  Exit = 1,          ///< With its children.
  ExitAlone = 2,
  Restart = 4,       ///< Because a sibling restarts.
  HostChildren = 8,  ///< Those that live where it does, and have lost their process.
};

/// False when the actor is gone. Threads: any, of any process.
bool give_order(Thread& thread, ActorId to, SlotOrder order);

/// The bits of what the actor is asked to do. For its host.
inline std::uint32_t orders_of(const Segment& segment, ActorId id) {
  // sync(order): seq_cst. After the sleep bit was set; the partner is give_order(), which looks at it.
  const std::uint64_t word = segment.mailbox(id.index).orders.load_seq_cst();
  return word >> 32 == id.gen ? static_cast<std::uint32_t>(word) : 0;
}
inline bool has(std::uint32_t orders, SlotOrder order) { return (orders & static_cast<std::uint32_t>(order)) != 0; }
/// The host follows them from here on. Exit stays.
void clear_orders(Segment& segment, ActorId id);

/// For the process that reserves the slot.
inline void open_orders(Mailbox& mailbox, ActorId id) {
  mailbox.orders.store_relaxed(std::uint64_t{id.gen} << 32);  // relaxed: published by the opening of the lanes.
}

}  // namespace buskin::shm
