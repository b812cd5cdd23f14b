// lent_test: a pointer into a message, used after its turn, is reported under AddressSanitizer.
#include <cstdint>

#include "api/runtime/endpoint/lent_copy.hpp"
#include "conformance.hpp"

namespace conformance::lent {

/// Looks at the message before this one.
struct Careless : buskin::Actor<buskin::Ask<Add, Total>> {
  void on(Message<Add> add, ReplyTo<Total> reply) {
    reply(last == nullptr ? 0 : last->by());
    last = &*add;
  }
  const Add* last = nullptr;
};

class Lent : public Conformance {
 protected:
  void SetUp() override {
    if (!buskin::runtime::lends_copies()) GTEST_SKIP() << "this test is for AddressSanitizer";
    if (GetParam() == buskin::Base::Processes) GTEST_SKIP() << "there the report is of another process";
  }
};

TEST_P(Lent, AMessageThatIsReadAfterItsTurnIsReported) {
  EXPECT_DEATH(
      {
        buskin::ActorSystem own(options());
        const auto careless = own.create<Careless>();
        (void)own.ask<Add>(*careless, 30s, 1u);
        (void)own.ask<Add>(*careless, 30s, 2u);
      },
      "heap-use-after-free");
}

TEST_P(Lent, AnAnswerThatIsReadAfterItsEndIsReported) {
  EXPECT_DEATH(
      {
        buskin::ActorSystem own(options());
        const auto hello = own.create<Hello>();
        const Reply* late = nullptr;
        {
          const auto answer = own.ask<Greet>(*hello, 30s, "you");
          late = &*answer;
        }
        std::printf("%s", late->text()->c_str());
      },
      "heap-use-after-free");
}

TEST_P(Lent, AMessageThatIsKeptIsReadAsLongAsItIs) {
  buskin::Inbox inbox = system_.inbox();
  inbox.send<buskin::Text>(inbox.address(), "kept");
  std::optional<buskin::Kept<buskin::Text>> kept;
  ASSERT_TRUE(inbox.wait(30s));
  inbox.poll([&](buskin::AnyMessage& message) { kept.emplace(message.keep<buskin::Text>()); });
  EXPECT_EQ((*kept)->str(), "kept");
}

INSTANTIATE_TEST_SUITE_P(Bases, Lent, kBases, name_of_base);

}  // namespace conformance::lent
