// reserve_test: what goes on when messages have taken all memory, and when there is not even a reserve.
#include "conformance.hpp"
#include "inside.hpp"

namespace conformance::reserve {

using shm::Counter;

/// A system of 4 MiB, and an inbox in which messages lie unread.
class Reserve : public ::testing::TestWithParam<buskin::Base> {
 protected:
  static buskin::SystemOptions small() {
    buskin::SystemOptions made = private_on(GetParam());
    made.memory_max = 4 << 20;
    return made;
  }
  /// Until there is no memory for another message of this size.
  void hoard(std::size_t bytes) {
    while (system_.try_send<buskin::Bytes>(inbox_.address(), std::string(bytes, 'x')).ok()) {
    }
  }
  void take_large_memory() {
    for (const std::size_t bytes : {200'000u, 20'000u, 4'000u, 1'500u}) hoard(bytes);
  }
  /// All that messages of users may have.
  void take_memory() {
    take_large_memory();
    for (const std::size_t bytes : {800u, 400u, 200u, 100u, 10u}) hoard(bytes);
  }
  void drain() {
    while (inbox_.poll([](buskin::AnyMessage&) {}) != 0) {
    }
  }
  bool is_there(buskin::Address actor) {
    system_.run_until_idle();
    return shm::life_of(segment_of(system_), buskin::runtime::actor_at(actor)).state != shm::LifeState::Free;
  }
  shm::Thread& thread() {
    return dynamic_cast<buskin::runtime::Client&>(buskin::detail::impl_of(system_).client()).node().thread();
  }

  buskin::ActorSystem system_{small()};
  buskin::Inbox inbox_ = system_.inbox();
};

TEST_P(Reserve, SmallMessagesAndActorsGoOnWhenLargeMessagesHaveTakenAllMemory) {
  take_large_memory();
  const auto sum = system_.create<Sum>();
  ASSERT_TRUE(sum.ok()) << sum.error().what();
  for (int i = 0; i < 100; ++i) system_.send<Add>(*sum, 1);
  EXPECT_EQ(system_.ask<Read>(*sum, 30s)->n(), 100u);
  EXPECT_GT(counted(system_, Counter::ReserveTaken), 0u);
  drain();
  EXPECT_TRUE(system_.try_send<buskin::Bytes>(inbox_.address(), std::string(200'000, 'x')).ok());
  EXPECT_EQ(findings(system_), "");
}

TEST_P(Reserve, ACreationIsRefusedAtOnceAndAnEndHappensWhenMessagesHaveTakenTheReserveToo) {
  const auto sum = *system_.create<Sum>();
  EXPECT_EQ(system_.ask<Read>(sum, 30s)->n(), 0u);
  take_memory();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(system_.create<Sum>().error().code(), buskin::Code::NoMemory);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
  system_.exit(sum);
  // Ends: with the actor, or with the test's own time limit.
  while (is_there(sum)) {
  }
  drain();
  EXPECT_TRUE(system_.create<Sum>().ok());
  EXPECT_EQ(findings(system_), "");
}

TEST_P(Reserve, AnEndHappensWithoutAnyMemory) {
  const auto sum = *system_.create<Sum>();
  EXPECT_EQ(system_.ask<Read>(sum, 30s)->n(), 0u);
  take_memory();
  std::vector<shm::Handle> rest;
  {
    const shm::WithPurpose purposed(thread(), shm::Purpose::Supervision);
    for (auto made = thread().heap().allocate(64); made.ok(); made = thread().heap().allocate(64)) {
      rest.push_back(made.value());
    }
  }
  system_.exit(sum);
  // Ends: as above.
  while (is_there(sum)) {
  }
  for (const shm::Handle block : rest) thread().heap().free(block);
  drain();
  EXPECT_EQ(findings(system_), "");
}

INSTANTIATE_TEST_SUITE_P(Bases, Reserve, kBases, name_of_base);

}  // namespace conformance::reserve
