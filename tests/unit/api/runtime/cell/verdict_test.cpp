// verdict_test: the supervise options say what becomes of an actor that failed.
#include "api/runtime/cell/verdict.hpp"

#include "shm/segment/slot_facts.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

using namespace std::chrono_literals;
using runtime::Verdict;
using What = runtime::Verdict::What;

class VerdictOnAnActor : public SegmentFixture {
 protected:
  void SetUp() override {
    SegmentFixture::SetUp();
    parent_ = add_actor();
    SlotSpec spec;
    spec.parent = parent_;
    actor_ = reserve_actor(*thread_, spec).value();
  }

  Verdict on_throw(const SuperviseOptions& supervise) {
    return runtime::verdict_on_throw(*thread_, actor_, supervise, "it threw");
  }
  Verdict on_crash(const SuperviseOptions& supervise) {
    return runtime::verdict_on_crash(*thread_, actor_, supervise, "it crashed");
  }
  std::size_t messages_of_parent() { return take_all(parent_, Lane::Control).size() + take_all(parent_).size(); }

  ActorId parent_;
  ActorId actor_;
};

TEST_F(VerdictOnAnActor, ThatResumesGoesOn) {
  EXPECT_EQ(on_throw({.on_throw = Decision::Resume}).what, What::GoesOn);
}

TEST_F(VerdictOnAnActor, ThatStopsEndsWithItsReason) {
  const Verdict verdict = on_throw({.on_throw = Decision::Stop});
  EXPECT_EQ(verdict.what, What::Ends);
  EXPECT_EQ(verdict.reason, "it threw");
}

TEST_F(VerdictOnAnActor, ThatRestartsTooOftenEnds) {
  const SuperviseOptions supervise{.on_throw = Decision::Restart, .restarts = 2, .within = 1h};
  EXPECT_EQ(on_throw(supervise).what, What::Restarts);
  EXPECT_EQ(on_throw(supervise).what, What::Restarts);
  const Verdict last = on_throw(supervise);
  EXPECT_EQ(last.what, What::Ends);
  EXPECT_EQ(last.reason, "restarted too often: it threw");
}

TEST_F(VerdictOnAnActor, ThatEscalatesEndsItsParentAsWell) {
  EXPECT_EQ(on_throw({.on_throw = Decision::Escalate}).what, What::Ends);
  EXPECT_EQ(messages_of_parent(), 1u);
  EXPECT_EQ(on_crash({.on_crash = Decision::Escalate}).what, What::Ends);
  EXPECT_EQ(messages_of_parent(), 1u);
}

TEST_F(VerdictOnAnActor, ThatCrashedIsDueAfterItsBackoff) {
  const SuperviseOptions supervise{
      .on_crash = Decision::Restart, .restarts = 5, .within = 1h, .backoff = 1h, .backoff_max = 2h};
  const std::uint64_t before = now_ns();
  const Verdict first = on_crash(supervise);
  EXPECT_EQ(first.what, What::Restarts);
  EXPECT_LT(first.due_ns, before + 60'000'000'000) << "the first restart waits for nothing";
  const Verdict second = on_crash(supervise);
  EXPECT_GT(second.due_ns, before + 60'000'000'000);
}

TEST_F(VerdictOnAnActor, ThatCrashesBeforeItRunsAgainHasNotLived) {
  const SuperviseOptions supervise{
      .on_crash = Decision::Restart, .restarts = 9, .within = 1h, .backoff = 1h, .backoff_max = 2h};
  write_running_since(segment_, actor_, 1);
  EXPECT_LT(on_crash(supervise).due_ns, now_ns() + 60'000'000'000) << "it ran for long";
  (void)on_crash(supervise);
  EXPECT_GT(on_crash(supervise).due_ns, now_ns() + 60'000'000'000) << "it did not run since";
}

TEST_F(VerdictOnAnActor, ThatCrashedTooOftenEnds) {
  const SuperviseOptions supervise{.on_crash = Decision::Restart, .restarts = 1, .within = 1h};
  EXPECT_EQ(on_crash(supervise).what, What::Restarts);
  const Verdict last = on_crash(supervise);
  EXPECT_EQ(last.what, What::Ends);
  EXPECT_NE(last.reason.find("it crashed"), std::string::npos);
}

}  // namespace
}  // namespace buskin::test
