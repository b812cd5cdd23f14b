// Message, Kept, AnyMessage, Pending: used once they are empty, each ends the program with a sentence.
#include "buskin/buskin.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace {

using namespace buskin;

struct Tick {
  static constexpr std::string_view kName = "test.Tick";
  std::uint64_t n = 0;
};

/// A client's endpoint that keeps messages and forgets requests.
class Endpoint final : public detail::ClientEndpoint {
 public:
  Address self() const override { return {}; }
  Status post(const detail::SendSpec&, std::span<const std::byte>) override { return {}; }
  Result<detail::Slab> open(std::size_t) override { return Error(Code::NoMemory); }
  Status post_slab(const detail::SendSpec&, detail::Slab, std::size_t) override { return {}; }
  void discard(detail::Slab) override {}
  detail::LeasePtr keep(detail::Incoming& delivery) override {
    auto lease = std::make_unique<detail::Lease>();
    lease->delivery = delivery;
    return lease;
  }
  Status forward(Address, detail::Incoming&) override { return {}; }
  detail::Incoming original(const detail::Incoming&) override { return {}; }
  Status forward_original(Address, detail::Incoming&) override { return {}; }
  detail::RequestId request(const detail::SendSpec&, std::span<const std::byte>, Duration) override { return {}; }
  void abandon(detail::RequestId) override {}
  Status reply(Address, std::uint64_t, const detail::MessageInfo&, std::span<const std::byte>) override { return {}; }
  bool reply_wanted(Address, std::uint64_t) const override { return false; }
  Result<Address> create(const detail::ActorInfo&, const CreateOptions&, std::span<const std::byte>) override {
    return Error(Code::NoMemory);
  }
  void exit(Address, const ExitOptions&) override {}
  Address find(std::string_view) override { return {}; }
  void log(Level, std::string_view, std::span<const LogField>) override {}
  Status dead_letters(Address) override { return {}; }
  detail::LeasePtr wait(detail::RequestId, Error& error) override {
    error = Error(Code::TimedOut);
    return nullptr;
  }
  std::size_t listen(Duration, const Show&) override { return 0; }
  std::shared_ptr<detail::ClientLink> link() override { return std::make_shared<detail::ClientLink>(this); }
};

class Emptied : public ::testing::Test {
 protected:
  Emptied() {
    tick_.bytes = std::as_bytes(std::span(&value_, 1));
    tick_.info = &detail::kMessageInfo<Tick>;
  }
  static detail::Incoming text(std::string_view text) {
    detail::Incoming incoming;
    incoming.bytes = std::as_bytes(std::span(text.data(), text.size()));
    incoming.info = &detail::kMessageInfo<Text>;
    return incoming;
  }

  static constexpr const char* kSentence = "this message is empty: keep\\(\\) or forward\\(\\) took it";
  Tick value_{7};
  detail::Incoming tick_;
  Endpoint endpoint_;
};

TEST_F(Emptied, AMessageThatWasKeptEndsTheProgramWithASentence) {
  Message<Tick> message(endpoint_, tick_);
  const Kept<Tick> kept = std::move(message).keep();
  EXPECT_EQ(kept->n, 7u);
  EXPECT_DEATH((void)message->n, kSentence);
  EXPECT_DEATH((void)(*message).n, kSentence);
  EXPECT_DEATH((void)message.sender(), kSentence);
  EXPECT_DEATH((void)message.id(), kSentence);
  EXPECT_DEATH((void)message.attempt(), kSentence);
  EXPECT_DEATH((void)message.redelivered(), kSentence);
  EXPECT_DEATH((void)std::move(message).keep(), kSentence);
}

TEST_F(Emptied, AMessageThatWasForwardedEndsTheProgramWithASentence) {
  Message<Tick> message(endpoint_, tick_);
  (void)std::move(message).release();
  EXPECT_DEATH((void)message->n, kSentence);
  EXPECT_DEATH((void)std::move(message).release(), kSentence);
}

TEST_F(Emptied, AMovedFromKeptEndsTheProgramWithASentence) {
  Kept<Tick> kept = Message<Tick>(endpoint_, tick_).keep();
  const Kept<Tick> other = std::move(kept);
  EXPECT_EQ(other->n, 7u);
  EXPECT_DEATH((void)kept->n, kSentence);
  EXPECT_DEATH((void)kept.sender(), kSentence);
}

TEST_F(Emptied, AnAnyMessageThatWasKeptEndsTheProgramWithASentence) {
  AnyMessage message(endpoint_, tick_);
  EXPECT_EQ(message.as<Tick>()->n, 7u);
  EXPECT_EQ(message.keep<Tick>()->n, 7u);
  EXPECT_DEATH((void)message.as<Tick>(), kSentence);
  EXPECT_DEATH((void)message.sender(), kSentence);
}

TEST_F(Emptied, AnAnswerIsTakenOnce) {
  Pending<Tick, detail::ClientEndpoint> pending(endpoint_, {});
  EXPECT_EQ(pending.wait().error().code(), Code::TimedOut);
  EXPECT_DEATH((void)pending.wait(), "this Pending is empty");
}

TEST_F(Emptied, TwoTextsInHandAreTwoTexts) {
  detail::Incoming one = text("one");
  detail::Incoming two = text("two");
  AnyMessage first(endpoint_, one);
  AnyMessage second(endpoint_, two);
  const Text* const first_text = first.as<Text>();
  const Text* const second_text = second.as<Text>();
  EXPECT_EQ(first_text->view(), "one");
  EXPECT_EQ(second_text->view(), "two");
}

TEST_F(Emptied, AReplyOfAnotherTypeIsAnError) {
  const Answer<Text> answer(endpoint_.keep(tick_), {});
  EXPECT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), Code::Refused);
}

}  // namespace
