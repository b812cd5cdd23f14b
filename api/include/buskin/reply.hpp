// Reply: ReplyTo<R> is the right and the duty to answer one request, Answer<R> what the asker gets.
//
// An asker waits until its deadline for an answer that nobody will give. So the duty to answer is
// an object: a handler answers through it at once, or moves it into a member and answers later,
// and when it is dropped the asker gets Code::NoReply.
#pragma once

#include <optional>
#include <utility>

#include "buskin/detail/build.hpp"
#include "buskin/detail/endpoint.hpp"
#include "buskin/message.hpp"
#include "buskin/system_messages.hpp"

namespace buskin::inline v0 {

/// Move-only. It may outlive its turn. After context.forward() of its message the next receiver has the duty.
///
/// Threads: that of the turn in which it is used. Cost of an answer: as send(), and it never waits for room.
template <class R>
class ReplyTo {
 public:
  ReplyTo(detail::Endpoint& endpoint, const detail::Incoming& delivery)
      : endpoint_(&endpoint), asker_(delivery.sender), correlation_(delivery.correlation) {}
  ReplyTo(ReplyTo&& other) noexcept
      : endpoint_(std::exchange(other.endpoint_, nullptr)), asker_(other.asker_), correlation_(other.correlation_) {}
  ReplyTo& operator=(ReplyTo&& other) noexcept {
    if (this != &other) {
      drop();
      endpoint_ = std::exchange(other.endpoint_, nullptr);
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
  bool wanted() const {
    return endpoint_ != nullptr && correlation_ != 0 && endpoint_->reply_wanted(asker_, correlation_);
  }

 private:
  void answer(const detail::MessageInfo& info, std::span<const std::byte> bytes) {
    if (detail::Endpoint* endpoint = std::exchange(endpoint_, nullptr); endpoint != nullptr && correlation_ != 0) {
      // A reply whose asker is gone is counted by the runtime; nobody is left to be notified. Without memory it is
      // still owed: the turn is begun again.
      if (endpoint->reply(asker_, correlation_, info, bytes).code() == Code::NoMemory) endpoint_ = endpoint;
    }
  }
  void drop() {
    if (endpoint_ != nullptr && correlation_ != 0) fail(Code::NoReply, "the handler ended without answering");
  }

  detail::Endpoint* endpoint_;
  Address asker_;
  std::uint64_t correlation_;
};

/// A reply, or why there is none. `*` and `->` on an error end the program with its sentence.
///
/// Threads: one at a time, any of the program's. Cost: no copy; the reply is read in shared memory, which is given
/// back with the Answer.
template <class R>
class [[nodiscard]] Answer {
 public:
  /// `error`: why there is no reply, when there is none.
  Answer(detail::LeasePtr reply, Error error) : error_(std::move(error)) {
    if (reply == nullptr) return;
    const detail::MessageInfo* const info = reply->delivery.info;
    if (info != nullptr && info->id == detail::message_id<R> && detail::has_schema<R>(*info)) {
      kept_.emplace(std::move(reply));
    } else {
      error_ = Error(Code::Refused, "the reply is of another type, or of another schema, than the request expects");
    }
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
