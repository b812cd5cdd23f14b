// SystemSender: what it sends, and whom it notifies of a loss; with it the mail of closed mailboxes.
#include "api/runtime/endpoint/system_sender.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string_view>

#include "api/runtime/endpoint/dead_letters.hpp"
#include "api/runtime/node/addresses.hpp"
#include "api/runtime/node/type_registry.hpp"
#include "shm/memory/returned.hpp"
#include "tests/support/segment_fixture.hpp"

namespace {

using namespace buskin::shm;
namespace detail = buskin::detail;
namespace runtime = buskin::runtime;
using buskin::Code;
using runtime::SystemSender;

class SystemSenderTest : public buskin::test::SegmentFixture {
 protected:
  void SetUp() override {
    SegmentFixture::SetUp();
    sender_ = add_actor();
    receiver_ = add_actor();
    handler_ = add_actor();
    segment_.superblock().dead_letter_actor.store_relaxed(handler_.word());
  }

  /// The one message in a lane, which is then empty.
  template <class T>
  std::optional<T> take(ActorId id, Lane lane = Lane::Messages) {
    LaneReader reader(segment_, id.index, lane);
    if (!reader.poll()) return std::nullopt;
    const Hand hand = reader.begin(Phase::Running);
    const PayloadView view = view_payload(segment_, hand.handle);
    EXPECT_EQ(segment_.type(view.type).id.load_relaxed(), detail::message_id<T>);
    EXPECT_GE(view.bytes.size(), sizeof(T));
    last_sender_ = view.sender;
    last_correlation_ = view.extension != nullptr ? view.extension->correlation : 0;
    T value{};
    std::memcpy(&value, view.bytes.data(), sizeof value);
    reader.complete(*thread_, hand);
    return value;
  }
  bool is_empty(ActorId id, Lane lane = Lane::Messages) { return pending_count(segment_, id.index, lane) == 0; }

  /// A message of type T, as it lies in the mailbox of `receiver_`.
  template <class T>
  Handle mail(std::uint64_t correlation = 0) {
    return SystemSender(*thread_, sender_).make<T>(correlation, T{});
  }
  buskin::Address address(ActorId id) const { return runtime::address_in(segment_, id); }

  ActorId sender_{};
  ActorId receiver_{};
  ActorId handler_{};
  ActorId last_sender_{};
  std::uint64_t last_correlation_ = 0;
};

struct Tick {
  static constexpr std::string_view kName = "test.Tick";
  std::uint64_t n = 0;
};

TEST_F(SystemSenderTest, SearchesForATypeOnce) {
  const Handle first = mail<buskin::DeadLetter>();
  const TypeIndex type = view_payload(segment_, first).type;
  segment_.type(type).ready.store_relaxed(0);  // A second search would wait for the row, and fill it.
  const Handle second = mail<buskin::DeadLetter>();
  EXPECT_EQ(view_payload(segment_, second).type, type);
  EXPECT_EQ(segment_.type(type).ready.load_relaxed(), 0u);
  drop(*thread_, first);
  drop(*thread_, second);
}

TEST_F(SystemSenderTest, SendsInTheNameThatItHas) {
  EXPECT_TRUE(SystemSender(*thread_, sender_).post<Tick>({.to = {receiver_}}, Tick{7}));
  EXPECT_EQ(take<Tick>(receiver_)->n, 7u);
  EXPECT_EQ(last_sender_, sender_);
}

TEST_F(SystemSenderTest, IsExemptFromCapacity) {
  const ActorId narrow = add_actor(1);
  EXPECT_TRUE(SystemSender(*thread_).post<Tick>({.to = {narrow}}, Tick{1}));
  EXPECT_TRUE(SystemSender(*thread_).post<Tick>({.to = {narrow}}, Tick{2}));
}

TEST_F(SystemSenderTest, SaysFalseWhenTheReceiverIsGoneAndLeavesNoBlock) {
  end_actor(receiver_);
  const std::uint64_t before = buskin::test::blocks_in_use(segment_);
  EXPECT_FALSE(SystemSender(*thread_).post<Tick>({.to = {receiver_}}, Tick{1}));
  EXPECT_EQ(buskin::test::blocks_in_use(segment_), before);
}

TEST_F(SystemSenderTest, NotifiesTheSenderAndTheHandlerOfDeadLettersAboutALoss) {
  runtime::Loss loss = runtime::loss_of(detail::kMessageInfo<Tick>, address(sender_), address(receiver_),
                                        buskin::Error(Code::NoSuchActor));
  SystemSender(*thread_, receiver_).tell(loss);
  EXPECT_EQ(take<buskin::Undeliverable>(sender_)->receiver, address(receiver_));
  EXPECT_EQ(take<buskin::DeadLetter>(handler_)->sender, address(sender_));
  EXPECT_EQ(last_sender_, receiver_);
}

TEST_F(SystemSenderTest, AnswersTheSenderThatWaits) {
  runtime::Loss loss = runtime::loss_of(detail::kMessageInfo<Tick>, address(sender_), address(receiver_),
                                        buskin::Error(Code::NoSuchActor));
  loss.correlation = 9;
  SystemSender(*thread_, receiver_).tell(loss);
  EXPECT_EQ(take<buskin::RequestFailed>(sender_, Lane::Replies)->code, Code::ActorDied);
  EXPECT_EQ(last_correlation_, 9u);
  EXPECT_TRUE(is_empty(sender_));
  EXPECT_EQ(take<buskin::DeadLetter>(handler_)->code, Code::NoSuchActor);
}

TEST_F(SystemSenderTest, DoesNotTellTheSenderWhatItsReceiverTakesAtMostOnce) {
  SystemSender(*thread_).tell(runtime::loss_of(detail::kMessageInfo<Tick>, address(sender_), address(receiver_),
                                               buskin::Error(Code::LostInHand)));
  EXPECT_TRUE(is_empty(sender_));
  EXPECT_EQ(take<buskin::DeadLetter>(handler_)->code, Code::LostInHand);
}

TEST_F(SystemSenderTest, TellsNobodyAboutANotice) {
  SystemSender(*thread_).tell(runtime::loss_of(detail::kMessageInfo<buskin::DeadLetter>, address(sender_),
                                               address(receiver_), buskin::Error(Code::NoSuchActor)));
  EXPECT_TRUE(is_empty(sender_));
  EXPECT_TRUE(is_empty(handler_));
}

TEST_F(SystemSenderTest, TellsNoUserAboutAMessageOfTheRuntime) {
  runtime::Loss loss = runtime::loss_of({77, "buskin.protocol.HostActor", 0}, address(sender_), address(receiver_),
                                        buskin::Error(Code::NoSuchActor));
  SystemSender(*thread_).tell(loss);
  EXPECT_TRUE(is_empty(sender_));
  EXPECT_TRUE(is_empty(handler_));
  loss.correlation = 3;
  SystemSender(*thread_).tell(loss);
  EXPECT_EQ(take<buskin::RequestFailed>(sender_, Lane::Replies)->code, Code::ActorDied) << "one that waits is told";
}

TEST_F(SystemSenderTest, ANoticeToNobodyLeavesNoBlock) {
  end_actor(handler_);
  SystemSender(*thread_).tell(runtime::loss_of(detail::kMessageInfo<Tick>, {}, address(receiver_),
                                               buskin::Error(Code::NoSuchActor)));
}

TEST_F(SystemSenderTest, MailOfAClosedMailboxIsCountedAndReturned) {
  const Handle block = mail<Tick>();
  ASSERT_EQ(send(*thread_, {receiver_, Lane::Messages, Admission::Bounded}, block), SendStatus::Accepted);
  begin_close(*thread_, receiver_);
  runtime::drain_mail(*thread_, {receiver_, Counter::DeadSystemDied});
  push_exit_notice(*thread_, receiver_, {}, TypeIndex::None, {});
  release_slot(*thread_, receiver_);
  EXPECT_EQ(own_of(block).state, BlockState::Shared) << "it comes with the notices";
  EXPECT_EQ(counted(*thread_, Counter::DeadSystemDied), 1u);
  EXPECT_EQ(take<buskin::Undeliverable>(sender_)->type_name.view(), "test.Tick");
  EXPECT_EQ(take<buskin::DeadLetter>(handler_)->receiver, address(receiver_));
}

TEST_F(SystemSenderTest, MailBecomesTheNoticeItselfWithoutMemory) {
  const Handle block = mail<Tick>();
  end_actor(receiver_);
  const std::vector<Handle> all = buskin::test::use_up_memory(*thread_);
  const MailFate fate = runtime::return_mail(*thread_, {receiver_}, Lane::Messages, block);
  EXPECT_EQ(fate.left, LeftMail::ToSender);
  EXPECT_TRUE(fate.notices.empty()) << "the handler of dead letters hears nothing";
  const Returned notice = read_returned(segment_, block);
  EXPECT_EQ(notice.receiver, receiver_);
  EXPECT_EQ(static_cast<Code>(notice.code), Code::NoSuchActor);
  EXPECT_EQ(to_sender(segment_, block).target, sender_);
  // As a repairer does that finds it there once more.
  EXPECT_EQ(runtime::return_mail(*thread_, {receiver_}, Lane::Messages, block).left, LeftMail::ToSender);
  for (const Handle handle : all) thread_->heap().free(handle);
  drop(*thread_, block);
}

TEST_F(SystemSenderTest, MailThatNobodyMissesIsNotCounted) {
  end_actor(receiver_);
  for (const Handle block : {mail<buskin::DeadLetter>(), mail<buskin::ActorExitRequest>()}) {
    EXPECT_TRUE(runtime::return_mail(*thread_, {receiver_}, Lane::Messages, block).notices.empty());
    drop(*thread_, block);
  }
  const Handle reply = mail<Tick>(4);
  EXPECT_TRUE(runtime::return_mail(*thread_, {receiver_}, Lane::Replies, reply).notices.empty());
  drop(*thread_, reply);
  EXPECT_EQ(counted(*thread_, Counter::DeadGone), 0u);
  EXPECT_TRUE(is_empty(sender_));
  EXPECT_TRUE(is_empty(handler_));
}

TEST_F(SystemSenderTest, WhatATurnSentToNobodyIsReturned) {
  const Handle block = mail<Tick>(3);
  thread_->undelivered.push_back(undelivered_of(receiver_, view_payload(segment_, block)));
  thread_->undelivered.back().block = block;
  runtime::return_undelivered(*thread_);
  EXPECT_EQ(own_of(block).state, BlockState::Shared) << "it comes with the dead letter";
  EXPECT_TRUE(thread_->undelivered.empty());
  EXPECT_EQ(take<buskin::RequestFailed>(sender_, Lane::Replies)->code, Code::ActorDied);
  EXPECT_EQ(take<buskin::DeadLetter>(handler_)->sender, address(sender_));
}

TEST_F(SystemSenderTest, WhatATurnSentToNobodyGoesBackInItsOwnBlockWithoutMemory) {
  for (const std::uint64_t correlation : {0u, 3u}) {
    const Handle block = mail<Tick>(correlation);
    thread_->undelivered.push_back(undelivered_of(receiver_, view_payload(segment_, block)));
    thread_->undelivered.back().block = block;
    const std::vector<Handle> all = buskin::test::use_up_memory(*thread_);
    runtime::return_undelivered(*thread_);
    for (const Handle handle : all) thread_->heap().free(handle);
    EXPECT_TRUE(thread_->undelivered.empty());
    LaneReader reader(segment_, sender_.index, correlation == 0 ? Lane::Messages : Lane::Replies);
    ASSERT_TRUE(reader.poll());
    const Hand hand = reader.begin(Phase::Running);
    EXPECT_EQ(hand.handle, block);
    EXPECT_TRUE(is_returned(view_payload(segment_, block)));
    const Returned notice = read_returned(segment_, block);
    EXPECT_EQ(notice.kind, correlation == 0 ? Returned::Kind::Undeliverable : Returned::Kind::RequestFailed);
    EXPECT_EQ(notice.receiver, receiver_);
    reader.complete(*thread_, hand);
    EXPECT_TRUE(is_empty(handler_));
  }
}

TEST_F(SystemSenderTest, ANoticeAboutItselfThatFindsNobodyIsDropped) {
  const Handle block = mail<Tick>();
  mark_returned(segment_, block, {Returned::Kind::Undeliverable, 3, 0, receiver_, 1});
  thread_->undelivered.push_back(undelivered_of(receiver_, view_payload(segment_, block)));
  thread_->undelivered.back().block = block;
  runtime::return_undelivered(*thread_);
  EXPECT_EQ(own_of(block).state, BlockState::Free);
  EXPECT_TRUE(is_empty(sender_));
  EXPECT_TRUE(is_empty(handler_));
}

TEST_F(SystemSenderTest, WithoutMemoryTheOriginalStaysTheCallers) {
  runtime::Loss loss = runtime::loss_of(detail::kMessageInfo<Tick>, address(sender_), address(receiver_),
                                        buskin::Error(Code::NoSuchActor));
  const runtime::GivenUp given_up{.sender = address(sender_), .type_name = "test.Tick", .original = mail<Tick>()};
  loss.original = given_up.original;
  const std::vector<Handle> all = buskin::test::use_up_memory(*thread_);
  EXPECT_FALSE(SystemSender(*thread_).tell(loss));
  EXPECT_FALSE(SystemSender(*thread_).tell(given_up));
  for (const Handle handle : all) thread_->heap().free(handle);
  EXPECT_EQ(own_of(given_up.original).state, BlockState::Held);
  EXPECT_TRUE(SystemSender(*thread_).tell(given_up)) << "with memory it is given away";
  EXPECT_TRUE(take<buskin::PoisonMessage>(sender_).has_value());
  EXPECT_TRUE(take<buskin::DeadLetter>(handler_).has_value());
}

TEST_F(SystemSenderTest, ARepairAnswersForAnActorThatWasRestarted) {
  const Handle answer = runtime::answer_of_restarted(*thread_, {.correlation = 5, .keeper = receiver_});
  const PayloadView view = view_payload(segment_, answer);
  EXPECT_EQ(view.sender, receiver_);
  EXPECT_EQ(view.extension->correlation, 5u);
  EXPECT_EQ(reinterpret_cast<const buskin::RequestFailed*>(view.bytes.data())->code, Code::ActorRestarted);
  drop(*thread_, answer);
}

TEST_F(SystemSenderTest, ARepairMakesTheDeadLetterOfAMessageLostInHand) {
  const Handle lost = mail<Tick>();
  const Handle notice = runtime::notifying_repair().make_dead_letter(*thread_, receiver_, lost);
  const PayloadView view = view_payload(segment_, notice);
  const auto* letter = reinterpret_cast<const buskin::DeadLetter*>(view.bytes.data());
  EXPECT_EQ(letter->code, Code::LostInHand);
  EXPECT_EQ(letter->sender, address(sender_));
  EXPECT_EQ(letter->receiver, address(receiver_));
  EXPECT_TRUE(brings(segment_, notice, lost));
  drop(*thread_, notice);
  drop(*thread_, lost);
}

}  // namespace
