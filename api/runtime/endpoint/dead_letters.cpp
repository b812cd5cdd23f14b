// letters: see letters.hpp.
#include "api/runtime/endpoint/dead_letters.hpp"

#include <cstring>
#include <string_view>
#include <utility>

#include "api/runtime/endpoint/system_sender.hpp"
#include "api/runtime/endpoint/outbox.hpp"
#include "buskin/system_messages.hpp"
#include "shm/memory/payload.hpp"
#include "shm/segment/system_words.hpp"
#include "shm/segment/types.hpp"

namespace buskin::runtime {

namespace {

struct Type {
  std::uint64_t id = 0;
  std::string_view name;
};

Type type_of(const shm::Segment& segment, shm::TypeIndex index) {
  if (index == shm::TypeIndex::None || !segment.is_backed(shm::Table::Types, shm::to_bits(index))) return {};
  const shm::TypeRow& row = segment.type(index);
  // relaxed: a message of the type came after the row was ready.
  return {row.id.load_relaxed(), {row.name.data(), ::strnlen(row.name.data(), row.name.size())}};
}

Address address_in(const shm::Segment& segment, shm::ActorId id) {
  if (id.index == shm::ActorIndex::None) return {};
  return {segment.system_id(), static_cast<std::uint32_t>(id.index), id.gen};
}

shm::ActorId handler_of(const shm::Segment& segment) {
  return shm::dead_letter_actor_of(segment);
}

DeadLetter letter_about(const shm::Segment& segment, const shm::Undelivered& lost, Code code) {
  const Type type = type_of(segment, lost.type);
  DeadLetter letter{};
  letter.sender = address_in(segment, lost.sender);
  letter.receiver = address_in(segment, lost.receiver);
  letter.type = type.id;
  letter.code = code;
  letter.type_name = type.name;
  return letter;
}

Undeliverable notice_about(const shm::Segment& segment, const shm::Undelivered& lost) {
  const Type type = type_of(segment, lost.type);
  Undeliverable notice{};
  notice.receiver = address_in(segment, lost.receiver);
  notice.type = type.id;
  notice.code = Code::NoSuchActor;
  notice.type_name = type.name;
  notice.reason = std::string_view(sentence_of(Code::NoSuchActor));
  return notice;
}

/// No notice about a notice, nor about an order to end.
bool is_untold(const shm::Segment& segment, shm::TypeIndex index) {
  const std::uint64_t type = type_of(segment, index).id;
  return is_notice(type) || type == detail::message_id<ActorExitRequest>;
}

void tell_sender(SystemSender& system_sender, const shm::Segment& segment, const shm::Undelivered& lost) {
  if (lost.correlation != 0) {
    const Posting answer{lost.sender, shm::Lane::Replies, lost.correlation, lost.receiver};
    (void)system_sender.post<RequestFailed>(answer, Code::ActorDied, std::string_view("the actor died before it answered"));
  } else {
    (void)system_sender.post<Undeliverable>({.to = lost.sender}, notice_about(segment, lost));
  }
}

void tell(SystemSender& system_sender, const shm::Segment& segment, const shm::Undelivered& lost) {
  tell_sender(system_sender, segment, lost);
  (void)system_sender.post<DeadLetter>({.to = handler_of(segment)}, letter_about(segment, lost, Code::NoSuchActor));
}

}  // namespace

void tell_undelivered(shm::Thread& thread) {
  SystemSender system_sender(thread);
  for (const shm::Undelivered& lost : std::exchange(thread.undelivered, {})) {
    if (!is_untold(thread.segment(), lost.type)) tell(system_sender, thread.segment(), lost);
  }
}

void return_mail(shm::Thread& thread, const Burial& burial, shm::Lane lane, shm::Handle block) {
  const shm::Segment& segment = thread.segment();
  const shm::PayloadView mail = shm::view_payload(segment, block);
  if (lane != shm::Lane::Messages || is_untold(segment, mail.type)) return;
  thread.count(burial.counter);
  SystemSender system_sender(thread);
  tell(system_sender, segment, shm::undelivered_of(burial.receiver, mail));
}

void return_mail_of_client(shm::Thread& thread, shm::ActorId receiver, shm::Lane lane, shm::Handle block) {
  return_mail(thread, {receiver}, lane, block);
}

shm::Handle dead_letter_of_lost(shm::Thread& thread, shm::ActorId receiver, shm::Handle lost) {
  shm::Segment& segment = thread.segment();
  const detail::MessageInfo& info = detail::kMessageInfo<DeadLetter>;
  const auto type = shm::register_type(segment, {info.id, info.name, info.schema, shm::TypeKind::Message});
  if (!type.ok()) return shm::Handle::None;
  const shm::PayloadView mail = shm::view_payload(segment, lost);
  const DeadLetter letter = letter_about(segment, shm::undelivered_of(receiver, mail), Code::LostInHand);
  std::span<std::byte> place;
  const auto block = shm::open_block(thread, {.type = type.value(), .sender = receiver}, sizeof letter, place);
  if (!block.ok()) return shm::Handle::None;
  std::memcpy(place.data(), &letter, sizeof letter);
  return block.value();
}

}  // namespace buskin::runtime
