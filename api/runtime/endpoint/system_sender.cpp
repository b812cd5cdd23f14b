// SystemSender: one block, one push.
#include "api/runtime/endpoint/system_sender.hpp"

#include "api/runtime/node/type_registry.hpp"
#include "shm/memory/multicast.hpp"
#include "shm/memory/payload.hpp"

namespace buskin::runtime {

shm::Handle SystemSender::make_bytes(std::uint64_t correlation, const detail::MessageInfo& info,
                                     std::span<const std::byte> bytes) {
  const shm::WithPurpose purposed(*thread_, purpose_);
  const shm::TypeIndex type = register_message(*thread_, info);
  if (type == shm::TypeIndex::None) return shm::Handle::None;
  const shm::Envelope envelope{
      .type = type, .flags = shm::BlockFlag::kExempt, .sender = from_, .correlation = correlation};
  const auto block = shm::make_block(*thread_, envelope, bytes);
  return block.ok() ? block.value() : shm::Handle::None;
}

bool SystemSender::post_bytes(const Outgoing& outgoing, const detail::MessageInfo& info,
                              std::span<const std::byte> bytes) {
  if (!shm::is_open(thread_->segment(), outgoing.to.id)) return false;
  const shm::Handle block = make_bytes(outgoing.correlation, info, bytes);
  if (block == shm::Handle::None) return false;
  const shm::Destination to{outgoing.to.id, outgoing.to.lane, shm::Admission::Exempt};
  if (shm::send(*thread_, to, block) == shm::SendStatus::Accepted) return true;
  shm::drop(*thread_, block);
  return false;
}

}  // namespace buskin::runtime
