// memory_crash_test: memory is refused at the n-th allocation, and behind the n-th one its pages, for every n in every
// scenario. What a victim or a repairer leaves then is repaired, finished and checked as any death is.
//
// A victim that finds no memory stands where it is; it is killed then. A repairer goes on without. Once there is memory
// again, nothing is lost and nothing is left.
#include <gtest/gtest-spi.h>

#include <cstdio>
#include <map>

#include "shm/base/crash_point.hpp"
#include "shm/base/memory_point.hpp"
#include "tests/crash/scenarios.hpp"
#include "tests/crash/verdict.hpp"

namespace buskin::test {
namespace {

constexpr std::uint64_t kPointsMax = 1'000;  ///< No scenario allocates so often.
constexpr std::size_t kFaultyMax = 10;
/// Where a victim dies whose repairer is refused memory; none: when it has done all.
constexpr std::array kVictimsPoints = {"", "in_the_handler", "turn_armed", "turn_committed", "completed"};

/// What is refused: one block or piece, or all from one on.
struct Refusal {
  MemoryPoint point;
  std::uint64_t first;
  std::uint64_t count;

  std::string text() const {
    return std::string(point == MemoryPoint::Block ? "block " : "page ") + std::to_string(first) +
           (count == 1 ? "" : " and all behind it");
  }
};

/// Tests that are not right without memory, and why. This list only shrinks: one that is right fails.
const std::map<std::string, std::string> kNotRight = {
    {"ARepairerIsRefusedAndTheNextOneFinishes/KeepsAReply",
     "a repairer that finds no memory for the answer of a dead keeper ends the row without one"},
};

/// How a child ends that runs `body` and is refused memory meanwhile. `body` calls its argument when it begins, and
/// when it has come to its end or was refused; then it is killed.
struct Ran {
  bool came_to_its_end = false;
  std::uint64_t refused = 0;
};
template <class Body>
Ran run_refused(World& world, const Refusal& refusal, Body body) {
  Gate done;
  Child child([&] {
    bool is_begun = false;
    return body([&] {
      if (is_begun) {
        world.book().refused.store_relaxed(refused_memory.refused);
        done.open();
      }
      is_begun = true;
      refused_memory = {refusal.point, refusal.first, refusal.count, 0, 0};
    });
  });
  Ran ran;
  ran.came_to_its_end = done.wait_or_death(child.pid());
  if (ran.came_to_its_end) {
    for (const std::string& finding : check_segment(world.segment(), 1).findings) {
      ADD_FAILURE() << "beside the living, refused " << refusal.text() << ": " << finding;
    }
    ran.refused = world.book().refused.load_relaxed();
    child.kill();
  } else {
    (void)child.wait();
  }
  return ran;
}

/// The victim dies at this point, or has done all when its scenario does not reach it.
void kill_victim_at(World& world, const char* point) {
  Gate done;
  Child child([&] {
    return world.run_victim([&, is_begun = false]() mutable {
      if (is_begun) done.open();
      is_begun = true;
      armed_crash_point = point;
    });
  });
  if (done.wait_or_death(child.pid())) return child.kill();
  EXPECT_EQ(child.wait(), -SIGKILL);
}

class MemoryOf : public ::testing::TestWithParam<Scenario> {
 protected:
  /// Refuses the first, the second and so on, until no more is asked for. `run` is one refusal; it returns whether
  /// anything was refused.
  void refuse_each(const std::function<bool(const Refusal&)>& run) {
    for (const MemoryPoint point : {MemoryPoint::Block, MemoryPoint::Page}) {
      for (const std::uint64_t count : {std::uint64_t{1}, kPointsMax}) {
        std::uint64_t first = 0;
        while (first < kPointsMax && faulty_ < kFaultyMax && run_one({point, first, count}, run)) ++first;
        EXPECT_LT(first, kPointsMax);
        cases_ += first;
      }
    }
  }
  void TearDown() override {
    std::printf("%llu refusals\n", static_cast<unsigned long long>(cases_));
    EXPECT_FALSE(is_listed_ && faulty_ == 0) << "it is right now: take it from kNotRight";
  }
  /// What fails in a test that is listed is counted only.
  bool run_one(const Refusal& refusal, const std::function<bool(const Refusal&)>& run) {
    if (!is_listed_) return run(refusal);
    using Fake = ::testing::ScopedFakeTestPartResultReporter;
    ::testing::TestPartResultArray failures;
    const Fake fake(Fake::INTERCEPT_ALL_THREADS, &failures);
    const bool was_refused = run(refusal);
    faulty_ += static_cast<std::size_t>(failures.size());
    return was_refused;
  }
  void judge(World& world, const Refusal& refusal, Since since) {
    for (const std::string& fault : judge_death(world, since)) report(refusal, fault);
  }
  void report(const Refusal& refusal, const std::string& fault) {
    ++faulty_;
    ADD_FAILURE() << GetParam().name << ", refused " << refusal.text() << ": " << fault;
  }

  const bool is_listed_ = kNotRight.contains(::testing::UnitTest::GetInstance()->current_test_info()->name());
  std::size_t faulty_ = 0;
  std::uint64_t cases_ = 0;
};

TEST_P(MemoryOf, AVictimIsRefusedAndNothingIsLost) {
  refuse_each([&](const Refusal& refusal) {
    World world(GetParam());
    const Ran ran = run_refused(world, refusal, [&](const auto& ready) { return world.run_victim(ready); });
    if (!ran.came_to_its_end) report(refusal, "the victim died of it");
    if (ran.came_to_its_end && ran.refused == 0) return false;
    judge(world, refusal, Since::Nobody);
    return true;
  });
}

TEST_P(MemoryOf, ARepairerIsRefusedAndTheNextOneFinishes) {
  for (const char* const point : kVictimsPoints) {
    refuse_each([&](const Refusal& refusal) {
      World world(GetParam());
      kill_victim_at(world, point);
      if (GetParam().between) GetParam().between(world);
      const Ran ran = run_refused(world, refusal, [&](const auto& ready) { return world.run_reaper(ready); });
      if (!ran.came_to_its_end) report(refusal, "the repairer died of it");
      if (ran.came_to_its_end && ran.refused == 0) return false;
      judge(world, refusal, Since::Reaper);
      return true;
    });
  }
}

INSTANTIATE_TEST_SUITE_P(Scenarios, MemoryOf, ::testing::ValuesIn(all_scenarios()),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace buskin::test
