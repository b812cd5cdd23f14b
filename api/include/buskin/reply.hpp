// ReplyTo<R>: the right and the duty to answer one request. Answer<R>: what the asker gets.
#pragma once

#include <optional>
#include <utility>

#include "buskin/detail/build.hpp"
#include "buskin/detail/endpoint.hpp"
#include "buskin/message.hpp"
#include "buskin/system_messages.hpp"

namespace buskin::inline v0 {

/// Move-only. Answers "no reply" when dropped unanswered; may outlive its turn.
template <class R>
class ReplyTo {
 public:
  ReplyTo(detail::Endpoint& voice, const detail::Incoming& delivery)
      : voice_(&voice), asker_(delivery.sender), correlation_(delivery.correlation) {}
  ReplyTo(ReplyTo&& other) noexcept
      : voice_(std::exchange(other.voice_, nullptr)), asker_(other.asker_), correlation_(other.correlation_) {}
  ReplyTo& operator=(ReplyTo&& other) noexcept {
    if (this != &other) {
      drop();
      voice_ = std::exchange(other.voice_, nullptr);
      asker_ = other.asker_;
      correlation_ = other.correlation_;
    }
    return *this;
  }
  ~ReplyTo() { drop(); }

  /// Answers: values in schema order, a fill function, or a struct. Once.
  template <class... Args>
  void operator()(const Args&... args) {
    detail::with_bytes<R>([this](std::span<const std::byte> bytes) { answer(detail::kMessageInfo<R>, bytes); },
                          args...);
  }

  /// Answers with an error: the asker's Answer holds it.
  void fail(const Error& error) { fail(error.code(), error.what()); }
  void fail(Code code, std::string_view reason) {
    const RequestFailed failed{code, reason};
    answer(detail::kMessageInfo<RequestFailed>, std::as_bytes(std::span(&failed, 1)));
  }

  /// False when nobody waits for it any more (asker gone).
  bool wanted() const { return voice_ != nullptr && correlation_ != 0 && voice_->reply_wanted(asker_, correlation_); }

 private:
  void answer(const detail::MessageInfo& info, std::span<const std::byte> bytes) {
    if (detail::Endpoint* voice = std::exchange(voice_, nullptr); voice != nullptr && correlation_ != 0) {
      // A reply whose asker is gone is counted by the runtime; there is nobody to tell.
      (void)voice->reply(asker_, correlation_, info, bytes);
    }
  }
  void drop() {
    if (voice_ != nullptr && correlation_ != 0) fail(Code::NoReply, "the handler ended without answering");
  }

  detail::Endpoint* voice_;
  Address asker_;
  std::uint64_t correlation_;
};

/// A reply, or why there is none. `*` and `->` on an error end the program with its sentence.
template <class R>
class [[nodiscard]] Answer {
 public:
  Answer(detail::LeasePtr lease, Error error) : error_(std::move(error)) {
    if (lease != nullptr) kept_.emplace(std::move(lease));
  }

  bool ok() const noexcept { return kept_.has_value(); }
  explicit operator bool() const noexcept { return ok(); }
  const Error& error() const noexcept { return error_; }
  const R* operator->() const { return checked().operator->(); }
  const R& operator*() const { return *checked(); }

 private:
  const Kept<R>& checked() const {
    if (!kept_) detail::unwrap_failed(error_);
    return *kept_;
  }
  std::optional<Kept<R>> kept_;
  Error error_;
};

}  // namespace buskin::v0
