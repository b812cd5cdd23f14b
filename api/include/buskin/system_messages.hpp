// System messages: plain structs, handled by the same `on` as your own.
//
// An actor that wants one lists it in its contract. For an actor that does not,
// the message is counted, and nothing else happens.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "buskin/address.hpp"
#include "buskin/error.hpp"

namespace buskin::inline v0 {

/// A short text inside a fixed message. A longer one is cut, and ends with "...".
template <std::size_t kBytes>
class ShortText {
 public:
  constexpr ShortText() = default;
  ShortText(std::string_view text) {
    const std::size_t count = text.size() < kBytes ? text.size() : kBytes - 1;
    if (count != 0) std::memcpy(bytes_.data(), text.data(), count);  // An empty view may point nowhere.
    if (count < text.size()) std::memcpy(bytes_.data() + kBytes - 4, "...", 3);
  }
  const char* c_str() const { return bytes_.data(); }
  std::string_view view() const { return bytes_.data(); }
  operator std::string_view() const { return view(); }

 private:
  std::array<char, kBytes> bytes_{};
};

/// A child has ended for good: exactly once for every child, also for one that could not be created or never started.
struct ChildActorExited {
  static constexpr std::string_view kName = "buskin.ChildActorExited";
  Address child;
  Code code = Code::Ok;    ///< Ok: it was asked to, or chose to.
  ShortText<192> reason;   ///< "exit", or what went wrong.
};

/// A child was restarted: a new instance, behind the same address, with the same mailbox. Sent once for every crash,
/// when the crash is repaired. A child that crashes too often ends all the same, and ChildActorExited follows.
struct ChildActorRestarted {
  static constexpr std::string_view kName = "buskin.ChildActorRestarted";
  Address child;
  /// ActorDied: it crashed. HandlerThrew: a handler or a continuation threw. ActorRestarted: because of a sibling.
  Code code = Code::ActorDied;
  ShortText<64> reason;
};

/// A message of yours failed at its receiver as often as it may, or the receiver does not handle it. The message itself
/// comes with it: original() of Message.
struct PoisonMessage {
  static constexpr std::string_view kName = "buskin.PoisonMessage";
  Address receiver;
  std::uint64_t message_id = 0;
  std::uint64_t type = 0;  ///< Hash of the message's full name.
  std::uint32_t attempts = 0;
  Code code = Code::NotHandled;
  ShortText<64> type_name;
  ShortText<160> reason;   ///< The exception's text, or how the process died.
  std::uint32_t signal = 0;   ///< That of the crash; 0 when it did not crash.
  std::uint64_t address = 0;  ///< Where it was.
  std::array<std::uint64_t, 16> frames{};  ///< Return addresses in the dead process, as far as known.
};

/// A message of yours could not be delivered. The message itself comes with it: original() of Message.
struct Undeliverable {
  static constexpr std::string_view kName = "buskin.Undeliverable";
  Address receiver;
  std::uint64_t message_id = 0;
  std::uint64_t type = 0;
  Code code = Code::NoSuchActor;
  ShortText<64> type_name;
  ShortText<135> reason;   ///< A sentence: what was wrong, and what to do.
};

/// What the handler of dead letters gets for each message that found no receiver, or was given up by it. The message
/// itself comes with it: original() of Message.
struct DeadLetter {
  static constexpr std::string_view kName = "buskin.DeadLetter";
  Address sender;
  Address receiver;
  std::uint64_t type = 0;
  Code code = Code::NoSuchActor;
  ShortText<64> type_name;
  ShortText<160> reason;   ///< A sentence: what was wrong; of a message that was given up, why.
};

/// Another handler of dead letters was named while there was one. Both get it.
struct DeadLettersMoved {
  static constexpr std::string_view kName = "buskin.DeadLettersMoved";
  Address from;
  Address to;
};

/// The system has stopped, or this program has left it: nothing comes any more. The last message of an inbox, and of
/// listen(), in each process that is attached.
struct SystemStopped {
  static constexpr std::string_view kName = "buskin.SystemStopped";
  ShortText<64> reason;  ///< "the system has stopped", or "this program has left the system".
};

/// Asks an actor to end, behind what was sent before it. Sent by `exit`.
struct ActorExitRequest {
  static constexpr std::string_view kName = "buskin.ActorExitRequest";
  std::uint8_t recursive = 1;
};

/// In the place of a reply: why there is none.
struct RequestFailed {
  static constexpr std::string_view kName = "buskin.RequestFailed";
  Code code = Code::NoReply;
  ShortText<192> reason;
};

/// Built-in message: a text.
class Text {
 public:
  static constexpr std::string_view kName = "buskin.Text";
  Text() = default;
  explicit Text(std::span<const std::byte> bytes)
      : view_(reinterpret_cast<const char*>(bytes.data()), bytes.size()) {}
  std::string_view view() const { return view_; }
  std::string str() const { return std::string(view_); }

 private:
  std::string_view view_;
};

/// Built-in message: bytes.
class Bytes {
 public:
  static constexpr std::string_view kName = "buskin.Bytes";
  Bytes() = default;
  explicit Bytes(std::span<const std::byte> bytes) : view_(bytes) {}
  std::span<const std::byte> view() const { return view_; }
  std::size_t size() const { return view_.size(); }

 private:
  std::span<const std::byte> view_;
};

}  // namespace buskin::v0
