// Orders: the message first.
#include "api/runtime/endpoint/orders.hpp"

#include "buskin/system_messages.hpp"

namespace buskin::runtime {

bool order_exit(SystemSender sender, const shm::Destination& to, bool is_recursive) {
  if (sender.post<ActorExitRequest>({.to = to}, static_cast<std::uint8_t>(is_recursive))) return true;
  const auto order = is_recursive ? shm::SlotOrder::Exit : shm::SlotOrder::ExitAlone;
  return shm::give_order(sender.thread(), to.id, order);
}

}  // namespace buskin::runtime
