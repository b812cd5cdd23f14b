// slot_order: one CAS, and a wake-up.
#include "shm/actor/slot_order.hpp"

#include "shm/actor/actor_table.hpp"
#include "shm/actor/actors.hpp"
#include "shm/base/crash_point.hpp"
#include "shm/mailbox/wake.hpp"

namespace buskin::shm {

namespace {

constexpr auto kExits = std::uint64_t{static_cast<std::uint32_t>(SlotOrder::Exit)} |
                        static_cast<std::uint32_t>(SlotOrder::ExitAlone);

}  // namespace

bool give_order(Thread& thread, ActorId to, SlotOrder order) {
  if (!accepts(life_of(thread.segment(), to).state)) return false;
  Atomic<std::uint64_t>& word = thread.segment().mailbox(to.index).orders;
  // sync(order): seq_cst. As below.
  std::uint64_t seen = word.load_seq_cst();
  // Ends: a failed CAS is another order, or the next actor of the slot, whose generation differs.
  do {
    if (seen >> 32 != to.gen) return false;
    // sync(order): seq_cst. Before the look at the sleeper; its last look comes after its sleep bit.
  } while (!word.cas_seq_cst(seen, seen | static_cast<std::uint32_t>(order)));
  // crash(order_given): nobody is woken; the actor finds the order when it wakes, at the latest after its longest
  //   sleep.
  crash_point("order_given");
  detail::kick_parked(thread, to.index);
  return true;
}

void clear_orders(Segment& segment, ActorId id) {
  Atomic<std::uint64_t>& word = segment.mailbox(id.index).orders;
  // sync(order): seq_cst. One that is given from here on is followed later.
  if (word.load_seq_cst() >> 32 == id.gen) word.and_seq_cst(std::uint64_t{0xffff'ffff} << 32 | kExits);
}

}  // namespace buskin::shm
