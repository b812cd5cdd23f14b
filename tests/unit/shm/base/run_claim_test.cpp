// run_claim_test: one thread runs a thing, and work that others found meanwhile is not missed.
#include "shm/base/run_claim.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace buskin::shm {
namespace {

TEST(RunClaim, IsTakenByTheFirstThreadAlone) {
  RunClaim claim;
  EXPECT_TRUE(claim.is_free());
  EXPECT_TRUE(claim.take());
  EXPECT_FALSE(claim.is_free());
  EXPECT_FALSE(claim.take());
}

TEST(RunClaim, ReportsOnceThatItWasWanted) {
  RunClaim claim;
  ASSERT_TRUE(claim.take());
  EXPECT_FALSE(claim.release()) << "no other thread wanted it";
  ASSERT_TRUE(claim.take());
  EXPECT_FALSE(claim.take());
  EXPECT_FALSE(claim.take());
  EXPECT_TRUE(claim.release());
  EXPECT_TRUE(claim.is_free());
  ASSERT_TRUE(claim.take());
  EXPECT_FALSE(claim.release());
}

TEST(RunClaim, MissesNoWorkAndRunsItOnOneThreadAtATime) {
  constexpr std::uint32_t kThreads = 3;
  constexpr std::uint32_t kEach = 5'000;
  RunClaim claim;
  Atomic<std::uint32_t> made{0};  // Pieces of work.
  std::uint32_t done = 0;         // Only the thread that has the claim touches it.
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (std::uint32_t n = 0; n < kEach; ++n) {
        made.add_seq_cst(1);
        if (!claim.take()) continue;
        done = made.load_seq_cst();
        while (claim.release() && claim.take()) done = made.load_seq_cst();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(claim.is_free());
  EXPECT_EQ(done, kThreads * kEach);
}

}  // namespace
}  // namespace buskin::shm
