// SystemSender: one block, one push.
#include "api/runtime/endpoint/system_sender.hpp"

#include "api/runtime/node/type_registry.hpp"
#include "shm/actor/share_entry.hpp"
#include "shm/base/check.hpp"
#include "shm/memory/multicast.hpp"
#include "shm/memory/payload.hpp"

namespace buskin::runtime {

shm::Handle SystemSender::make_bytes(std::uint64_t correlation, const detail::MessageInfo& info,
                                     std::span<const std::byte> bytes, const shm::Carried& original) {
  const shm::WithPurpose purposed(*thread_, purpose_);
  const shm::TypeIndex type = register_message(*thread_, info);
  if (type == shm::TypeIndex::None) return shm::Handle::None;
  const shm::Envelope envelope{
      .type = type, .flags = shm::BlockFlag::kExempt, .sender = from_, .correlation = correlation};
  const bool is_carrier = original.block != shm::Handle::None;
  const auto block = is_carrier ? shm::make_carrier(*thread_, envelope, bytes, original)
                                : shm::make_block(*thread_, envelope, bytes);
  return block.ok() ? block.value() : shm::Handle::None;
}

bool SystemSender::post_bytes(const Outgoing& outgoing, const detail::MessageInfo& info,
                              std::span<const std::byte> bytes) {
  if (!shm::is_open(thread_->segment(), outgoing.to.id)) return false;
  const shm::Handle block = make_bytes(outgoing.correlation, info, bytes, {});
  return block != shm::Handle::None && send(outgoing, block);
}

bool SystemSender::send(const Outgoing& outgoing, shm::Handle block) {
  const shm::Destination to{outgoing.to.id, outgoing.to.lane, shm::Admission::Exempt};
  if (shm::send(*thread_, to, block) == shm::SendStatus::Accepted) return true;
  shm::drop(*thread_, block);
  return false;
}

void SystemSender::share_original(shm::Handle original, std::span<const shm::Handle> carriers) {
  shm::share_with(*thread_, original, carriers);
}

void NoticeWriter::share_original(shm::Handle original, std::span<const shm::Handle> carriers) {
  BUSKIN_CHECK(!carriers.empty());
  staged_.push_back(shm::shared_input(original, carriers.size()));
}

void NoticeWriter::send_notice(const Outgoing& outgoing, shm::Handle block) {
  staged_.emplace_back(shm::EntryKind::Send, outgoing.to.lane, block, outgoing.to.id);
}

}  // namespace buskin::runtime
