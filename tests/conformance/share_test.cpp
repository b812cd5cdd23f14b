// share_test: a receiver that stands still does not take the memory of all.
#include "herald.hpp"
#include "inside.hpp"

namespace conformance::share {

constexpr std::size_t kMebi = 1 << 20;

class Share : public ::testing::TestWithParam<buskin::Base> {
 protected:
  static buskin::SystemOptions options() {
    buskin::SystemOptions options = private_on(GetParam());
    options.memory_max = 64 * kMebi;
    return options;
  }
  /// An actor that takes no message until the gate is open. On the sequential base none does before its turn comes.
  buskin::Ref<Dozer> create_dozer(const buskin::MailboxOptions& mailbox = {}) {
    const auto dozer = *system_.create<Dozer>({.mailbox = mailbox});
    if (GetParam() == buskin::Base::Sequential) return dozer;
    std::ofstream(gate_) << "";
    EXPECT_TRUE(system_.ask<Pause>(dozer, 30s, gate_));
    return dozer;
  }
  /// How many messages of so many bytes find room; `code_` is what the next one gets.
  std::size_t fill(buskin::Ref<Dozer> dozer, std::size_t bytes) {
    std::size_t count = 0;
    const std::string text(bytes, 'x');
    for (code_ = buskin::Code::Ok; code_ <= buskin::Code::Staged; ++count) {
      code_ = system_.try_send<buskin::Bytes>(dozer, text).code();
    }
    return count - 1;
  }
  void open_gate() { std::filesystem::remove(gate_); }
  void TearDown() override { open_gate(); }

  const buskin::test::ScratchFolder folder_;
  const std::string gate_ = folder_.file("gate");
  buskin::ActorSystem system_{options()};
  buskin::Code code_{};
};

TEST_P(Share, AReceiverThatStandsStillHoldsAQuarterOfTheMemory) {
  const auto dozer = create_dozer();
  const std::size_t count = fill(dozer, kMebi);
  EXPECT_EQ(count, 16u);
  EXPECT_EQ(code_, buskin::Code::MailboxFull);
  EXPECT_TRUE(system_.try_send(dozer, Tick(1)).ok()) << "small messages are not counted";
  const auto healthy = system_.create<Dozer>();
  const std::string text(20'000, 'x');
  for (int i = 0; i < 1'000; ++i) system_.send<buskin::Bytes>(*healthy, text);
  EXPECT_EQ(system_.ask<Read>(*healthy, 30s)->n(), 20'000'000u);
  open_gate();
  EXPECT_EQ(system_.ask<Read>(dozer, 30s)->n(), count * kMebi * 10 + 1);
  EXPECT_TRUE(system_.try_send<buskin::Bytes>(dozer, std::string(kMebi, 'x')).ok()) << "there is room again";
  EXPECT_EQ(findings(system_), "");
}

TEST_P(Share, AnOptionChangesIt) {
  EXPECT_EQ(fill(create_dozer({.share = 50}), kMebi), 32u);
  open_gate();
  const auto limited = create_dozer({.bytes = 2 * kMebi + 4'096});
  EXPECT_EQ(fill(limited, kMebi), 2u) << "a limit of its own counts alone";
  open_gate();
  const auto refused = system_.create<Dozer>({.mailbox = {.share = 101}});
  EXPECT_EQ(refused.error().code(), buskin::Code::BadOption);
}

INSTANTIATE_TEST_SUITE_P(Bases, Share, kBases, name_of_base);

}  // namespace conformance::share
