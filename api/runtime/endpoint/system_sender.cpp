// courier: one block, one push.
#include "api/runtime/endpoint/system_sender.hpp"

#include <algorithm>

#include "shm/memory/multicast.hpp"
#include "shm/memory/payload.hpp"
#include "shm/segment/types.hpp"

namespace buskin::runtime {

shm::Handle SystemSender::make_bytes(const Posting& posting, const detail::MessageInfo& info,
                                std::span<const std::byte> bytes) {
  const auto type = shm::register_type(thread_->segment(), {info.id, info.name, info.schema, shm::TypeKind::Message});
  if (!type.ok()) return shm::Handle::None;
  std::span<std::byte> place;
  const shm::Envelope envelope{.type = type.value(), .sender = posting.from, .correlation = posting.correlation};
  const auto block = shm::open_block(*thread_, envelope, bytes.size(), place);
  if (!block.ok()) return shm::Handle::None;
  std::copy(bytes.begin(), bytes.end(), place.begin());
  return block.value();
}

bool SystemSender::post_bytes(const Posting& posting, const detail::MessageInfo& info, std::span<const std::byte> bytes) {
  if (!shm::is_open(thread_->segment(), posting.to)) return false;
  const shm::Handle block = make_bytes(posting, info, bytes);
  if (block == shm::Handle::None) return false;
  const shm::Destination to{posting.to, posting.lane, shm::Admission::Exempt};
  if (shm::send(*thread_, to, block) == shm::SendStatus::Accepted) return true;
  shm::drop(*thread_, block);
  return false;
}

}  // namespace buskin::runtime
