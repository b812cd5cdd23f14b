// ReturnedNotice: one struct for each kind, in a ring.
#include "api/runtime/endpoint/returned_notice.hpp"

#include <array>
#include <variant>

#include "api/runtime/endpoint/notices.hpp"
#include "api/runtime/endpoint/notifier.hpp"
#include "shm/actor/turn.hpp"
#include "shm/memory/multicast.hpp"

namespace buskin::runtime {

namespace {

using Notice = std::variant<Undeliverable, PoisonMessage, RequestFailed>;

/// Any process may have written the block.
Code code_of(std::uint8_t number) {
  return number <= static_cast<std::uint8_t>(Code::HandlerThrew) ? static_cast<Code>(number) : Code::NoMemory;
}

Notice notice_of(const detail::MessageInfo& type, const shm::Returned& notice, Address receiver) {
  const Code code = code_of(notice.code);
  Loss loss = loss_of(type, {}, receiver, Error(code));
  loss.message_id = notice.message_id;
  loss.correlation = 1;  // As of any request.
  if (notice.kind == shm::Returned::Kind::Poison) {
    return poison({.receiver = receiver,
                   .message_id = notice.message_id,
                   .type = type.id,
                   .type_name = type.name,
                   .attempts = notice.attempts,
                   .code = code,
                   .reason = sentence_of(code)});
  }
  if (notice.kind == shm::Returned::Kind::RequestFailed) return unanswered(loss);
  return undeliverable(loss);
}

}  // namespace

shm::Returned returned_as(shm::Returned::Kind kind, Code code, std::uint8_t attempts) {
  return {.kind = kind, .code = static_cast<std::uint8_t>(code), .attempts = attempts};
}

void send_returned(shm::Thread& thread, shm::Handle message, const shm::Returned& notice) {
  shm::mark_returned(thread.segment(), message, notice);
  const shm::Staged back = shm::to_sender(thread.segment(), message);
  const shm::Destination to{back.target, back.lane, shm::Admission::Exempt};
  if (shm::send(thread, to, message) != shm::SendStatus::Accepted) shm::drop(thread, message);
}

detail::Incoming expand_returned(const detail::MessageInfo& type, const shm::Returned& notice, Address receiver) {
  thread_local std::array<Notice, kReturnedKept> ring;
  thread_local std::size_t next = 0;
  Notice& kept = ring[next++ % kReturnedKept];
  kept = notice_of(type, notice, receiver);
  return std::visit([](const auto& whole) { return incoming_of(whole); }, kept);
}

}  // namespace buskin::runtime
