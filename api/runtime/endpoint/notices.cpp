// Notices: one function for each.
#include "api/runtime/endpoint/notices.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "shm/base/check.hpp"

namespace buskin::runtime {

namespace {

/// `facts`: a Loss or a GivenUp.
template <class Facts>
DeadLetter dead_letter_of(const Facts& facts, Code code, std::string_view reason) {
  DeadLetter notice{};
  notice.sender = facts.sender;
  notice.receiver = facts.receiver;
  notice.type = facts.type;
  notice.code = code;
  notice.type_name = facts.type_name;
  notice.reason = reason;
  return notice;
}

}  // namespace

Loss loss_of(const detail::MessageInfo& message, Address sender, Address receiver, Error why) {
  return {.sender = sender, .receiver = receiver, .type = message.id, .type_name = message.name, .why = std::move(why)};
}

DeadLetter dead_letter(const Loss& loss) { return dead_letter_of(loss, loss.why.code(), loss.why.what()); }

DeadLetter dead_letter(const GivenUp& given_up) { return dead_letter_of(given_up, given_up.code, given_up.reason); }

Undeliverable undeliverable(const Loss& loss) {
  Undeliverable notice{};
  notice.receiver = loss.receiver;
  notice.message_id = loss.message_id;
  notice.type = loss.type;
  notice.code = loss.why.code();
  notice.type_name = loss.type_name;
  notice.reason = std::string_view(loss.why.what());
  return notice;
}

RequestFailed unanswered(const Loss& loss) {
  BUSKIN_CHECK(loss.correlation != 0);
  // The request had arrived, so to its sender the actor was there and ended.
  if (loss.why.code() == Code::NoSuchActor) return request_failed(Code::ActorDied);
  return request_failed(loss.why.code(), loss.why.what());
}

RequestFailed request_failed(Code code, std::string_view reason) { return {code, reason}; }

RequestFailed request_failed(Code code) { return {code, std::string_view(sentence_of(code))}; }

PoisonMessage poison(const GivenUp& given_up) {
  PoisonMessage notice{};
  notice.receiver = given_up.receiver;
  notice.message_id = given_up.message_id;
  notice.type = given_up.type;
  notice.attempts = given_up.attempts;
  notice.code = given_up.code;
  notice.type_name = given_up.type_name;
  notice.reason = given_up.reason;
  notice.signal = given_up.crash.signal;
  notice.address = given_up.crash.address;
  notice.frames = given_up.crash.frames;
  return notice;
}

ChildActorExited exited(Address child, Code code, std::string_view reason) { return {child, code, reason}; }

ChildActorRestarted restarted(Address child, Code code, std::string_view reason) { return {child, code, reason}; }

bool is_notice(std::uint64_t type) {
  return type == detail::message_id<PoisonMessage> || type == detail::message_id<Undeliverable> ||
         type == detail::message_id<DeadLetter> || type == detail::message_id<ChildActorExited> ||
         type == detail::message_id<ChildActorRestarted> || type == detail::message_id<DeadLettersMoved>;
}

bool is_of_runtime(std::string_view type_name) {
  return type_name.starts_with("buskin.protocol.");
}

bool is_worth_a_notice(std::uint64_t type) { return !is_notice(type) && type != detail::message_id<ActorExitRequest>; }

Error error_of_reply(const detail::Incoming& reply) {
  BUSKIN_CHECK(reply.info != nullptr);
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
