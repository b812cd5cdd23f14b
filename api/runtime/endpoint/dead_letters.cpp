// Dead letters: facts from blocks, and the notices about them.
#include "api/runtime/endpoint/dead_letters.hpp"

#include <utility>

#include "api/runtime/endpoint/notices.hpp"
#include "api/runtime/endpoint/returned_notice.hpp"
#include "api/runtime/endpoint/system_sender.hpp"
#include "api/runtime/node/addresses.hpp"
#include "shm/actor/actor_close.hpp"
#include "shm/actor/actor_end.hpp"
#include "shm/actor/actors.hpp"
#include "shm/base/check.hpp"
#include "shm/memory/payload.hpp"
#include "shm/segment/types.hpp"

namespace buskin::runtime {

namespace {

Loss loss_of(const shm::Segment& segment, const shm::Undelivered& lost, Code code) {
  const shm::TypeSpec type = shm::type_in(segment, lost.type);
  return {.sender = address_in(segment, lost.sender),
          .receiver = address_in(segment, lost.receiver),
          .correlation = lost.correlation,
          .type = type.id,
          .type_name = type.name,
          .why = Error(code)};
}

/// Makes what the handler of dead letters gets for a message that its receiver takes at most once.
shm::Handle dead_letter_of_lost(shm::Thread& thread, shm::ActorId receiver, shm::Handle lost) {
  const shm::Segment& segment = thread.segment();
  const shm::Undelivered facts = shm::undelivered_of(receiver, shm::view_payload(segment, lost));
  const DeadLetter notice = dead_letter(loss_of(segment, facts, Code::LostInHand));
  return SystemSender(thread, receiver).make_carrier(notice, lost);
}

/// The same, as the message itself says it without memory.
shm::Returned returned_of(const Loss& loss, shm::ActorId receiver) {
  using Kind = shm::Returned::Kind;
  shm::Returned notice =
      returned_as(loss.correlation != 0 ? Kind::RequestFailed : Kind::Undeliverable, loss.why.code());
  notice.receiver = receiver;
  return notice;
}

}  // namespace

void return_undelivered(shm::Thread& thread) {
  for (const shm::Undelivered& lost : std::exchange(thread.undelivered, {})) {
    Loss loss = loss_of(thread.segment(), lost, Code::NoSuchActor);
    loss.original = lost.block;
    if (lost.is_returned || !is_worth_a_notice(loss.type)) {
      shm::drop(thread, lost.block);
    } else if (!SystemSender(thread, lost.receiver).tell(loss)) {
      send_returned(thread, lost.block, returned_of(loss, lost.receiver));
    }
  }
}

shm::MailFate return_mail(shm::Thread& thread, const ClosedMailbox& mailbox, shm::Lane lane, shm::Handle block) {
  BUSKIN_CHECK(!shm::is_open(thread.segment(), mailbox.receiver));
  if (lane != shm::Lane::Messages) return shm::LeftMail::Drop;
  const shm::PayloadView mail = shm::view_payload(thread.segment(), block);
  // A notice that came here; or a message whose return was cut by a death, and goes on.
  if (shm::is_returned(mail) && mail.sender == mailbox.receiver) return shm::LeftMail::Drop;
  Loss loss = loss_of(thread.segment(), shm::undelivered_of(mailbox.receiver, mail), Code::NoSuchActor);
  if (!is_worth_a_notice(loss.type)) return shm::LeftMail::Drop;
  loss.original = block;
  thread.count(mailbox.counter);
  NoticeWriter notices(thread, mailbox.receiver);
  if (!shm::is_returned(mail) && notices.tell(loss)) return notices.take();
  shm::mark_returned(thread.segment(), block, returned_of(loss, mailbox.receiver));
  return shm::LeftMail::ToSender;
}

void drain_mail(shm::Thread& thread, const ClosedMailbox& mailbox) {
  shm::drain(thread, mailbox.receiver, [&mailbox](shm::Thread& own, shm::Lane lane, shm::Handle block) {
    return return_mail(own, mailbox, lane, block);
  });
  return_undelivered(thread);  // A notice whose receiver has ended just now.
}

shm::Handle answer_of_restarted(shm::Thread& thread, const shm::KeptReply& reply) {
  BUSKIN_CHECK(reply.correlation != 0);
  const bool ends = shm::taken_end(thread.segment(), reply.keeper).has_value();
  const Code code = ends ? Code::ActorDied : Code::ActorRestarted;
  return SystemSender(thread, reply.keeper).make<RequestFailed>(reply.correlation, request_failed(code));
}

shm::ReapOptions notifying_repair() {
  shm::ReapOptions options;
  options.answer = answer_of_restarted;
  options.make_dead_letter = dead_letter_of_lost;
  options.mail = [](shm::Thread& thread, shm::ActorId receiver, shm::Lane lane, shm::Handle block) {
    return return_mail(thread, {receiver}, lane, block);
  };
  return options;
}

}  // namespace buskin::runtime
