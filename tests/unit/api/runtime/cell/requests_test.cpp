// requests_test: which request an answer belongs to, and which has waited for long enough.
#include "api/runtime/cell/requests.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "api/runtime/cell/incarnation_ids.hpp"

namespace buskin::runtime {
namespace {

class Nothing final : public detail::Continuation {
 public:
  explicit Nothing(int& ended) : ended_(&ended) {}
  ~Nothing() override { ++*ended_; }
  void run(detail::LeasePtr, const Error&) override {}

 private:
  int* ended_;
};

class RequestsOfAnActor : public ::testing::Test {
 protected:
  /// A request that somebody waits for.
  void add(std::uint64_t id, std::uint64_t deadline_ns) {
    requests_.add(id, deadline_ns, "test.Question");
    requests_.await(id, std::make_unique<Nothing>(ended_));
  }

  /// The id of the request that is due, or 0.
  std::uint64_t due(std::uint64_t now_ns) {
    const auto request = requests_.take_due(now_ns);
    return request.has_value() ? request->id : 0;
  }

  Requests requests_;
  int ended_ = 0;
};

TEST_F(RequestsOfAnActor, AreAnsweredOnce) {
  add(1, 100);
  add(2, 100);
  const auto answered = requests_.take_answered(2);
  EXPECT_EQ(answered->id, 2u);
  EXPECT_EQ(answered->type, "test.Question");
  EXPECT_FALSE(requests_.take_answered(2).has_value());
  EXPECT_FALSE(requests_.take_answered(3).has_value());
  EXPECT_EQ(requests_.take_answered(1)->error.code(), Code::Ok);
  EXPECT_TRUE(requests_.is_empty());
}

TEST_F(RequestsOfAnActor, WithoutAContinuationHaveNoUseForAnAnswer) {
  requests_.add(1, 100, "test.Question");
  EXPECT_FALSE(requests_.take_answered(1).has_value());
  EXPECT_EQ(requests_.take_due(100)->next, nullptr) << "its deadline still ends it";
}

TEST_F(RequestsOfAnActor, TimeOutAtTheirDeadlineAndNotBefore) {
  add(1, 300);
  add(2, 200);
  EXPECT_EQ(requests_.due_ns(), 200u);
  EXPECT_EQ(due(199), 0u);
  const auto first = requests_.take_due(200);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->id, 2u);
  EXPECT_EQ(first->error.code(), Code::TimedOut);
  EXPECT_EQ(due(299), 0u);
  EXPECT_EQ(requests_.due_ns(), 300u);
  EXPECT_EQ(due(300), 1u);
  EXPECT_EQ(requests_.due_ns(), shm::kNever_ns);
}

TEST_F(RequestsOfAnActor, ThatFailAreDueAtOnceWithTheirError) {
  add(1, 1'000);
  add(2, 1'000);
  requests_.fail(2, Error(Code::MailboxFull));
  requests_.fail(3, Error(Code::MailboxFull));
  const auto failed = requests_.take_due(1);
  ASSERT_TRUE(failed.has_value());
  EXPECT_EQ(failed->id, 2u);
  EXPECT_EQ(failed->error.code(), Code::MailboxFull);
  EXPECT_EQ(due(1), 0u);
  EXPECT_EQ(requests_.due_ns(), 1'000u);
}

TEST_F(RequestsOfAnActor, ThatAreAbandonedNeverEnd) {
  add(1, 100);
  requests_.abandon(1);
  requests_.abandon(1);
  EXPECT_EQ(due(1'000), 0u);
  EXPECT_EQ(ended_, 1);
}

TEST_F(RequestsOfAnActor, OfATurnThatIsUndoneWereNotMade) {
  add(1, 100);
  add(2, 100);
  add(3, 100);
  requests_.undo_turn(2);
  EXPECT_EQ(due(100), 1u);
  EXPECT_TRUE(requests_.is_empty());
}

TEST_F(RequestsOfAnActor, ThatArePutBackEndAgain) {
  for (const std::uint64_t id : {1u, 2u, 3u}) add(id, 100);
  requests_.put_back(*requests_.take_answered(2));
  requests_.fail(1, Error(Code::Refused));
  requests_.put_back(*requests_.take_due(50));
  EXPECT_EQ(ended_, 0);
  EXPECT_EQ(requests_.take_due(50)->error.code(), Code::Refused) << "after its error: at once";
  EXPECT_EQ(requests_.take_answered(2)->id, 2u) << "with its answer";
  EXPECT_EQ(due(100), 3u);
}

TEST_F(RequestsOfAnActor, ThatAreClearedEndTheirContinuations) {
  add(1, 100);
  add(2, 100);
  requests_.clear();
  EXPECT_TRUE(requests_.is_empty());
  EXPECT_EQ(ended_, 2);
}

TEST(IncarnationIds, GrowOverIncarnations) {
  IncarnationIds ids;
  const std::uint64_t first = ids.take();
  EXPECT_EQ(ids.next(), first + 1);
  EXPECT_FALSE(ids.is_stale(first));
  ids.begin(1);
  EXPECT_GT(ids.take(), first);
  EXPECT_TRUE(ids.is_stale(first));
}

}  // namespace
}  // namespace buskin::runtime
