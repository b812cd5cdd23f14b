// outcome_test: how a piece of user code ended, and why a message died before.
#include "api/runtime/cell/outcome.hpp"

#include <csignal>
#include <stdexcept>

#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

using runtime::Outcome;

TEST(Outcome, IsOkWhenTheCodeReturns) {
  const Outcome outcome = Outcome::of([] {});
  EXPECT_TRUE(outcome.is_ok());
  EXPECT_FALSE(outcome.is_crash());
}

TEST(Outcome, HasTheSentenceOfAnException) {
  const Outcome outcome = Outcome::of([] { throw std::runtime_error("no bread"); });
  EXPECT_EQ(outcome.code, Code::HandlerThrew);
  EXPECT_EQ(outcome.reason, "no bread");
}

TEST(Outcome, KnowsWhatIsNoException) {
  const Outcome outcome = Outcome::of([] { throw 7; });
  EXPECT_EQ(outcome.code, Code::HandlerThrew);
  EXPECT_FALSE(outcome.reason.empty());
}

TEST(Outcome, IsACrashWhenOneWasInjected) {
  const Outcome outcome = Outcome::of([] { runtime::crash_now(SIGSEGV); });
  EXPECT_TRUE(outcome.is_crash());
  EXPECT_EQ(outcome.code, Code::ActorDied);
  EXPECT_EQ(outcome.signal, SIGSEGV);
}

class DeathOfAMessage : public SegmentFixture {
 protected:
  void SetUp() override {
    SegmentFixture::SetUp();
    actor_ = add_actor();
  }

  Outcome death(std::uint64_t seq) {
    return runtime::death_of(segment_, actor_, Lane::Messages, {.seq = seq, .kills = 2});
  }

  ActorId actor_;
};

TEST_F(DeathOfAMessage, IsCountedWhereNoThreadRecordedIt) {
  const Outcome outcome = death(5);
  EXPECT_EQ(outcome.code, Code::ActorDied);
  EXPECT_EQ(outcome.reason, "the process died 2 times while it handled this message");
  EXPECT_EQ(runtime::crash_facts(outcome).signal, 0u);
}

}  // namespace
}  // namespace buskin::test
