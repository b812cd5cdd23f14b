// loss: what happens when a message finds no receiver: its sender hears of it, it is counted, and the
// handler of dead letters gets a line.
#include <algorithm>
#include <cstring>

#include "api/runtime/node/node.hpp"
#include "api/runtime/endpoint/outbox.hpp"
#include "shm/segment/system_words.hpp"

namespace buskin::runtime {

namespace {

shm::Counter counter_of(Code code) {
  switch (code) {
    case Code::MailboxFull: return shm::Counter::DeadFull;
    case Code::BadAddress: return shm::Counter::DeadUnreachable;
    case Code::TooBig: return shm::Counter::DeadTooBig;
    case Code::NoMemory: return shm::Counter::DeadNoMemory;
    case Code::WouldDeadlock: return shm::Counter::DeadFull;  // The circle was counted where it was found.
    case Code::Expired: return shm::Counter::DeadExpired;
    default: return shm::Counter::DeadGone;
  }
}

}  // namespace

bool is_notice(std::uint64_t type) {
  return type == detail::message_id<PoisonMessage> || type == detail::message_id<Undeliverable> ||
         type == detail::message_id<DeadLetter> || type == detail::message_id<ChildActorExited> ||
         type == detail::message_id<ChildActorRestarted>;
}

/// Notices about the loss are exempt from room; their own loss is counted with the message they are about.
void Outbox::report_loss(const Loss& loss) {
  thread_->count(counter_of(loss.why.code()));
  tell_loss(loss);
}

void Outbox::tell_loss(const Loss& loss) {
  if (is_notice(loss.info->id)) return;
  if (shm::is_open(node_->segment(), loss.sender)) {
    Undeliverable notice{};
    notice.receiver = loss.receiver;
    notice.message_id = loss.message_id;
    notice.type = loss.info->id;
    notice.code = loss.why.code();
    notice.type_name = loss.info->name;
    notice.reason = std::string_view(loss.why.what());
    (void)send_message({{loss.sender, shm::Lane::Messages, shm::Admission::Exempt}, 0, detail::Wait::Never},
                       detail::kMessageInfo<Undeliverable>, bytes_of(notice));
  }
  const shm::ActorId dead = shm::dead_letter_actor_of(node_->segment());
  if (!shm::is_open(node_->segment(), dead)) return;
  DeadLetter letter{};
  letter.sender = address_of(loss.sender);
  letter.receiver = loss.receiver;
  letter.type = loss.info->id;
  letter.code = loss.why.code();
  letter.type_name = loss.info->name;
  (void)send_message({{dead, shm::Lane::Messages, shm::Admission::Exempt}, 0, detail::Wait::Never},
                     detail::kMessageInfo<DeadLetter>, bytes_of(letter));
}

Status Outbox::refuse(const detail::SendSpec& send_spec, const Status& why) {
  if (why.ok()) return why;
  if (why.code() == Code::Forked) return why;
  if (send_spec.wait == detail::Wait::Never) {
    thread_->count(shm::Counter::Refused);
    return why;
  }
  report_loss({id_, send_spec.to, 0, send_spec.info, why.error()});
  return why;
}

Status Outbox::dead_letters(Address handler) {
  shm::ActorId id{};
  if (handler) {
    if (Status found = resolve(handler, id); !found.ok()) return found;
    if (!shm::is_open(node_->segment(), id)) return Code::NoSuchActor;
  }
  shm::set_dead_letter_actor(node_->segment(), id);
  return {};
}

Error error_of_reply(const detail::Incoming& reply) {
  if (reply.info->id == detail::message_id<RequestFailed>) {
    RequestFailed failed;
    std::memcpy(&failed, reply.bytes.data(), std::min(reply.bytes.size(), sizeof failed));
    return Error(failed.code, failed.reason.c_str());
  }
  if (reply.info->id == detail::message_id<PoisonMessage>) {
    PoisonMessage poison;
    std::memcpy(&poison, reply.bytes.data(), std::min(reply.bytes.size(), sizeof poison));
    return Error(poison.code, poison.reason.c_str());
  }
  return Error();
}

}  // namespace buskin::runtime
