// spin_budget_test: a thread looks longer where looking has paid, and less where it has not.
#include "api/runtime/node/spin_budget.hpp"

#include <gtest/gtest.h>

namespace buskin::runtime {
namespace {

constexpr auto kNothing = [] { return false; };
constexpr auto kWork = [] { return true; };

void let_pass(std::uint64_t time_ns) {
  const std::uint64_t end_ns = shm::now_ns() + time_ns;
  while (shm::now_ns() < end_ns) {
  }
}

/// A look in vain, and a sleep that is too long for a look to have found its end.
void look_and_sleep_long(SpinBudget& budget) {
  (void)budget.look(kNothing);
  let_pass(SpinBudget::kMost_ns);
  budget.slept();
}

TEST(SpinBudget, FindsWorkThatIsThere) {
  SpinBudget budget;
  EXPECT_TRUE(budget.look(kWork));
}

TEST(SpinBudget, FindsWorkThatComesWhileItLooks) {
  SpinBudget budget;
  int looks = 0;
  EXPECT_TRUE(budget.look([&] { return ++looks == 3; }));
  EXPECT_EQ(looks, 3);
}

TEST(SpinBudget, LooksAsLongAsItsBudgetAndThenGivesUp) {
  SpinBudget budget;
  const std::uint64_t begin_ns = shm::now_ns();
  EXPECT_FALSE(budget.look(kNothing));
  EXPECT_GE(shm::now_ns() - begin_ns, budget.budget_ns());
}

TEST(SpinBudget, HalvesAfterALongSleepDownToItsLeast) {
  SpinBudget budget;
  EXPECT_EQ(budget.budget_ns(), SpinBudget::kMost_ns);
  look_and_sleep_long(budget);
  EXPECT_EQ(budget.budget_ns(), SpinBudget::kMost_ns / 2);
  for (int i = 0; i < 10; ++i) look_and_sleep_long(budget);
  EXPECT_EQ(budget.budget_ns(), SpinBudget::kLeast_ns);
}

TEST(SpinBudget, IsWholeAgainAfterAShortSleep) {
  SpinBudget budget;
  // Again when the machine takes the processor away in between, so that the sleep is not short.
  for (int tries = 0; tries < 1'000; ++tries) {
    look_and_sleep_long(budget);
    (void)budget.look(kWork);
    budget.slept();
    if (budget.budget_ns() == SpinBudget::kMost_ns) return;
  }
  ADD_FAILURE() << "no short sleep restored the budget";
}

}  // namespace
}  // namespace buskin::runtime
