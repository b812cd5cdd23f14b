// Notices: the messages by which the runtime reports what became of a message or an actor.
//
// Pure functions from facts: they read no segment and send nothing. Notifier sends.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "buskin/detail/endpoint.hpp"
#include "buskin/system_messages.hpp"
#include "shm/base/ids.hpp"

namespace buskin::runtime {

/// A message that found no receiver, or that its receiver will not handle.
struct Loss {
  Address sender{};
  Address receiver{};
  std::uint64_t correlation = 0;  ///< Not 0: the sender waits for an answer under it.
  std::uint64_t message_id = 0;
  std::uint64_t type = 0;
  std::string_view type_name{};
  Error why{};
  /// The message itself: HELD by the thread that reports the loss, which gives it away with the report; or the message
  /// in hand. None: it was never made, or is not at hand.
  shm::Handle original{};
};

/// Where and how a handler crashed, as its thread recorded it.
struct CrashFacts {
  std::uint32_t signal = 0;
  std::uint64_t address = 0;
  std::array<std::uint64_t, std::tuple_size_v<decltype(PoisonMessage::frames)>> frames{};
};

/// A message that its receiver has given up.
struct GivenUp {
  Address sender{};
  Address receiver{};
  std::uint64_t correlation = 0;  ///< Not 0: the sender waits for an answer under it.
  std::uint64_t message_id = 0;
  std::uint64_t type = 0;
  std::string_view type_name{};
  std::uint32_t attempts = 0;
  Code code = Code::NotHandled;
  std::string_view reason{};
  CrashFacts crash{};
  shm::Handle original{};  ///< As in Loss.
};

Loss loss_of(const detail::MessageInfo& message, Address sender, Address receiver, Error why);

DeadLetter dead_letter(const Loss& loss);
DeadLetter dead_letter(const GivenUp& given_up);
Undeliverable undeliverable(const Loss& loss);
/// What the sender of a request gets in place of its reply.
RequestFailed unanswered(const Loss& loss);
RequestFailed request_failed(Code code, std::string_view reason);
/// With the sentence that docs/errors.md has for the code.
RequestFailed request_failed(Code code);
PoisonMessage poison(const GivenUp& given_up);
ChildActorExited exited(Address child, Code code, std::string_view reason);
ChildActorRestarted restarted(Address child, Code code, std::string_view reason);

/// Messages that are about other messages or actors: their own loss causes no further notice.
bool is_notice(std::uint64_t type);
/// Is it a message by which processes of the runtime talk? No user hears of its loss.
bool is_of_runtime(std::string_view type_name);
/// A message that lay in the mailbox of an actor which ended: is anybody to be notified? Not about a notice, nor
/// about a request to end, which is fulfilled.
bool is_worth_a_notice(std::uint64_t type);

/// What a reply means as an error; Ok when it is a reply.
Error error_of_reply(const detail::Incoming& reply);

}  // namespace buskin::runtime
