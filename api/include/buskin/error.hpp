// Error, Status, Result: what went wrong, as a value with a sentence.
//
// Only ActorSystem's constructor throws; everything else returns one of these.
// docs/errors.md is headed by the literal texts.
//
// Why Result<T>: a function that makes something gives either that or an Error, and no third
// state. std::expected is C++23; an out-parameter or a null pointer can be overlooked, a Result
// cannot: it is [[nodiscard]], and using one that holds no value ends the program with the
// error's sentence, not with a crash somewhere later.
//
// Why Status: a function that only does something has nothing to give on success. And success has
// two kinds here: done, and `staged`, done when the turn commits; a Result<void> has one.
//
// Why Answer<R> (reply.hpp): a reply is not a value but memory in the segment that is read in place
// and given back; its type checks what arrived, and `->` reaches into the table itself.
//
// Why not std::error_code: it is a number and a pointer to a category. It cannot carry the sentence
// that says which option, which actor or which file it was; and an error travels between processes
// here, in RequestFailed or Undeliverable, where such a pointer means nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace buskin::inline v0 {

/// Why an operation did not do what was asked. Stable: tools and tests may compare it.
enum class Code : std::uint8_t {
  Ok = 0,
  Staged,         ///< Not an error: it leaves when the turn is complete.
  MailboxFull,    ///< The receiver lags by its whole mailbox. Retry later, or give it more capacity.
  NoSuchActor,    ///< The address's actor is gone for good.
  BadAddress,     ///< It belongs to no system, or to one that is not reachable.
  TooBig,         ///< Larger than the configured maximum of one message.
  NoMemory,       ///< The segment or its memory file system is full.
  NotHandled,     ///< The receiver does not take this message.
  TimedOut,       ///< The deadline passed.
  NoReply,        ///< The handler ended without answering.
  Refused,        ///< The handler answered with an error.
  ActorDied,      ///< It ended before it answered.
  WouldDeadlock,  ///< Waiting would close a circle of waiters.
  NameTaken,      ///< Another living actor has this name.
  BadName,        ///< A name has a character outside letters, digits and . _ - / : or a bad length.
  UnknownType,    ///< No program of the system has this actor type.
  StartFailed,    ///< A process or a constructor failed; the sentence says how.
  BadOption,      ///< An option's value makes no sense, or the kernel refused it.
  ShuttingDown,   ///< The system is ending.
  Forked,         ///< This process was forked after it attached: construct a new ActorSystem.
  WrongUse,       ///< Not allowed here; the sentence says where it is.
  System,         ///< The operating system refused; the sentence has its words.
  ActorRestarted, ///< It owed the answer and was restarted meanwhile.
  Expired,        ///< The message waited longer than its `expires`.
  LostInHand,     ///< At most once: its handling failed, and it is not handled again.
  Overrun,        ///< Its receiver keeps the latest messages, and skipped it for newer ones.
  HandlerThrew,   ///< An exception left the handler as often as it may; the sentence has its text.
};

/// The code as text, such as `mailbox_full`.
const char* to_string(Code code);
/// What it means, as a sentence.
const char* sentence_of(Code code);

class Error {
 public:
  Error() = default;
  Error(Code code, std::string sentence);
  explicit Error(Code code) : code_(code) {}
  Error(const Error& other);
  Error& operator=(const Error& other);
  Error(Error&&) noexcept = default;
  Error& operator=(Error&&) noexcept = default;
  ~Error() = default;

  Code code() const noexcept { return code_; }
  /// A sentence: what was wrong and what to do. Valid as long as the error.
  const char* what() const noexcept { return sentence_ == nullptr ? sentence_of(code_) : sentence_->c_str(); }

 private:
  Code code_ = Code::Ok;
  std::unique_ptr<const std::string> sentence_;  // Null in every success: a Status is returned by each send.
};
static_assert(sizeof(Error) == 2 * sizeof(void*));  // Each send returns one, so it is kept small.

/// Success, or an error. `Staged` counts as success.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}
  Status(Code code) : error_(code) {}

  bool ok() const noexcept { return error_.code() <= Code::Staged; }
  explicit operator bool() const noexcept { return ok(); }
  bool staged() const noexcept { return error_.code() == Code::Staged; }
  Code code() const noexcept { return error_.code(); }
  const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};

namespace detail {
/// Ends the program with the error's sentence: a Result was used that holds no value.
[[noreturn]] void unwrap_failed(const Error& error);
/// The same: a Message, Kept or AnyMessage was used whose message is elsewhere by now.
[[noreturn]] void message_was_taken();
/// The same: an integer was given for a field of a message that is too small for it, or unsigned.
[[noreturn]] void value_does_not_fit(std::size_t field_bytes);
/// The same: a Pending gives its answer once.
[[noreturn]] void answer_was_taken();
}  // namespace detail

/// A value, or an error. `*` and `->` on an error end the program with its sentence.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }
  const Error& error() const {
    static const Error none;
    return ok() ? none : *std::get_if<1>(&state_);
  }
  T& operator*() & { return checked(*this); }
  const T& operator*() const& { return checked(*this); }
  T&& operator*() && { return std::move(checked(*this)); }
  T* operator->() { return &checked(*this); }
  const T* operator->() const { return &checked(*this); }

 private:
  template <class Self>
  static auto& checked(Self& self) {
    if (!self.ok()) detail::unwrap_failed(self.error());
    return *std::get_if<0>(&self.state_);
  }

  std::variant<T, Error> state_;
};

}  // namespace buskin::v0
