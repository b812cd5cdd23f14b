// Cell: answers: in their turn, beyond it, and by somebody else.
//
// An answer that is still owed when its turn ends is written down in the segment,
// before the message is done: should this process die, the repairer answers.
#include <cstring>
#include <exception>

#include "api/runtime/cell/cell.hpp"
#include "api/runtime/node/node.hpp"
#include "api/runtime/endpoint/dead_letters.hpp"

namespace buskin::runtime {

namespace {

Owed owed_to(Address asker, std::uint64_t correlation) {
  return {std::uint64_t{asker.index()} | std::uint64_t{asker.generation()} << 32, correlation};
}

}  // namespace

Status Cell::reply(Address asker, std::uint64_t correlation, const detail::MessageInfo& info,
                   std::span<const std::byte> bytes) {
  if (is_silent_) return {};
  const bool is_failure = info.id == detail::message_id<RequestFailed>;
  // A handler that throws drops its ReplyTo on the way out. The attempt failed; it does not answer.
  if (is_failure && std::uncaught_exceptions() > 0) return {};
  const Owed owed = owed_to(asker, correlation);
  if (active_ != nullptr) {
    // The message went on with its question; that nobody here answers is as it should be.
    if (is_failure && active_->passed_on == owed) return {};
    if (active_->owed == owed) active_->owed = {};
  }
  if (is_failure && reinterpret_cast<const RequestFailed*>(bytes.data())->code == Code::NoReply) {
    thread_->count(shm::Counter::NoReply);
  }
  const auto row = rare_ == nullptr ? std::nullopt : rare_->owed.take(owed);
  if (row.has_value()) return answer_kept(owed, *row, info, bytes);
  return EndpointBase::reply(asker, correlation, info, bytes);
}

/// The turn ends, and somebody still waits.
void Cell::keep_owed(const shm::Hand& hand) {
  rare().owed.keep(*thread_, id_, hand.seq, std::exchange(active_->owed, {}));
}

Status Cell::answer_kept(const Owed& owed, shm::ReplyIndex row, const detail::MessageInfo& info,
                         std::span<const std::byte> bytes) {
  if (active_ != nullptr && active_->is_staging) {
    // With the turn, or not at all; a death between it and the end of the row answers twice, and the
    // second answer is counted as late.
    active_->answered.push_back(row);
    return EndpointBase::reply(address_of(shm::ActorId::from_word(owed.asker)), owed.correlation, info, bytes);
  }
  const shm::Envelope envelope{
      .type = types().index_of(info), .flags = flags_now(), .sender = id_, .correlation = owed.correlation};
  std::span<std::byte> place;
  const auto block = shm::open_block(*thread_, envelope, bytes.size(), place);
  if (!block.ok()) {
    shm::forget_kept(node_->segment(), row);
    return Code::NoMemory;
  }
  if (!bytes.empty()) std::memcpy(place.data(), bytes.data(), bytes.size());
  shm::answer_kept(*thread_, row, block.value());
  return {};
}

/// Its handler cannot answer: whoever asked need not wait for the deadline.
void Cell::say_no_reply(const detail::Incoming& delivery) {
  if (delivery.correlation == 0 || active_->owed.correlation == 0) return;
  const RequestFailed failed = request_failed(Code::NoReply, "the receiver handles this message without answering it");
  (void)reply(delivery.sender, delivery.correlation, detail::kMessageInfo<RequestFailed>, bytes_of(failed));
}

void Cell::forget_answered() {
  for (const shm::ReplyIndex row : std::exchange(active_->answered, {})) shm::forget_kept(node_->segment(), row);
}

/// The instance ends: what it asked nobody hears, and what it owed is answered by the ends of its ReplyTos.
void Cell::drop_conversations() {
  if (rare_ == nullptr) return;
  rare_->overlays.clear();
  rare_->timers.end_instance();
  rare_->requests.clear();
}

}  // namespace buskin::runtime
