// Notices: each is made from facts, and says all of them.
#include "api/runtime/endpoint/notices.hpp"

#include <gtest/gtest.h>

#include <span>
#include <string>

namespace {

using namespace buskin;
using namespace buskin::runtime;

constexpr Address kSender{7, 1, 2};
constexpr Address kReceiver{7, 3, 4};

Loss loss(Code code) {
  return {.sender = kSender,
          .receiver = kReceiver,
          .correlation = 5,
          .message_id = 6,
          .type = 8,
          .type_name = "calls.Tick",
          .why = Error(code)};
}

template <class T>
detail::Incoming incoming(const T& value) {
  detail::Incoming reply;
  reply.bytes = std::as_bytes(std::span(&value, 1));
  reply.info = &detail::kMessageInfo<T>;
  return reply;
}

TEST(Notices, DeadLetterNamesBothEndsAndTheType) {
  const DeadLetter notice = dead_letter(loss(Code::MailboxFull));
  EXPECT_EQ(notice.sender, kSender);
  EXPECT_EQ(notice.receiver, kReceiver);
  EXPECT_EQ(notice.type, 8u);
  EXPECT_EQ(notice.type_name.view(), "calls.Tick");
  EXPECT_EQ(notice.code, Code::MailboxFull);
}

TEST(Notices, UndeliverableNamesTheMessageAndGivesASentence) {
  const Undeliverable notice = undeliverable(loss(Code::Expired));
  EXPECT_EQ(notice.receiver, kReceiver);
  EXPECT_EQ(notice.message_id, 6u);
  EXPECT_EQ(notice.type, 8u);
  EXPECT_EQ(notice.type_name.view(), "calls.Tick");
  EXPECT_EQ(notice.code, Code::Expired);
  EXPECT_EQ(notice.reason.view(), sentence_of(Code::Expired));
}

TEST(Notices, TheSentenceOfEachCodeFitsWhole) {
  for (int code = 0; code <= static_cast<int>(Code::LostInHand); ++code) {
    const Loss lost = loss(static_cast<Code>(code));
    EXPECT_EQ(undeliverable(lost).reason.view(), lost.why.what());
    EXPECT_EQ(request_failed(lost.why.code()).reason.view(), lost.why.what());
  }
}

TEST(Notices, ARequestToAnActorThatEndedFailsWithActorDied) {
  const RequestFailed failed = unanswered(loss(Code::NoSuchActor));
  EXPECT_EQ(failed.code, Code::ActorDied);
  EXPECT_EQ(failed.reason.view(), sentence_of(Code::ActorDied));
}

TEST(Notices, ARequestThatWasLostOtherwiseFailsWithItsReason) {
  Loss lost = loss(Code::Expired);
  lost.why = Error(Code::Expired, "too late");
  const RequestFailed failed = unanswered(lost);
  EXPECT_EQ(failed.code, Code::Expired);
  EXPECT_EQ(failed.reason.view(), "too late");
}

TEST(Notices, PoisonMessageCarriesTheCrash) {
  CrashFacts crash{.signal = 11, .address = 0xbad};
  crash.frames[15] = 99;
  const PoisonMessage notice = poison({.receiver = kReceiver,
                                       .message_id = 6,
                                       .type = 8,
                                       .type_name = "calls.Tick",
                                       .attempts = 2,
                                       .code = Code::ActorDied,
                                       .reason = "it crashed",
                                       .crash = crash});
  EXPECT_EQ(notice.receiver, kReceiver);
  EXPECT_EQ(notice.message_id, 6u);
  EXPECT_EQ(notice.type, 8u);
  EXPECT_EQ(notice.attempts, 2u);
  EXPECT_EQ(notice.code, Code::ActorDied);
  EXPECT_EQ(notice.type_name.view(), "calls.Tick");
  EXPECT_EQ(notice.reason.view(), "it crashed");
  EXPECT_EQ(notice.signal, 11u);
  EXPECT_EQ(notice.address, 0xbadu);
  EXPECT_EQ(notice.frames[15], 99u);
}

TEST(Notices, ALongReasonIsCut) {
  const ChildActorExited notice = exited(kSender, Code::StartFailed, std::string(200, 'x'));
  EXPECT_EQ(notice.child, kSender);
  EXPECT_EQ(notice.code, Code::StartFailed);
  EXPECT_EQ(notice.reason.view(), std::string(188, 'x') + "...");
}

TEST(Notices, ARestartNamesTheChildAndWhy) {
  const ChildActorRestarted notice = restarted(kSender, Code::Refused, "thrown");
  EXPECT_EQ(notice.child, kSender);
  EXPECT_EQ(notice.code, Code::Refused);
  EXPECT_EQ(notice.reason.view(), "thrown");
}

TEST(Notices, ANoticeIsKnownByItsType) {
  EXPECT_TRUE(is_notice(detail::message_id<DeadLetter>));
  EXPECT_TRUE(is_notice(detail::message_id<Undeliverable>));
  EXPECT_TRUE(is_notice(detail::message_id<PoisonMessage>));
  EXPECT_TRUE(is_notice(detail::message_id<ChildActorExited>));
  EXPECT_TRUE(is_notice(detail::message_id<ChildActorRestarted>));
  EXPECT_FALSE(is_notice(detail::message_id<Text>));
}

TEST(Notices, NobodyIsNotifiedThatARequestToEndFoundTheActorEnded) {
  EXPECT_FALSE(is_worth_a_notice(detail::message_id<ActorExitRequest>));
  EXPECT_FALSE(is_worth_a_notice(detail::message_id<DeadLetter>));
  EXPECT_TRUE(is_worth_a_notice(detail::message_id<Text>));
}

TEST(Notices, AReplyIsReadBackAsAnError) {
  const RequestFailed failed = request_failed(Code::Refused, "no");
  EXPECT_EQ(error_of_reply(incoming(failed)).code(), Code::Refused);
  EXPECT_STREQ(error_of_reply(incoming(failed)).what(), "no");
  const PoisonMessage given_up = poison({.code = Code::NotHandled, .reason = "not listed"});
  EXPECT_EQ(error_of_reply(incoming(given_up)).code(), Code::NotHandled);
  EXPECT_STREQ(error_of_reply(incoming(given_up)).what(), "not listed");
  EXPECT_EQ(error_of_reply(incoming(Undeliverable{})).code(), Code::Ok);
}

}  // namespace
