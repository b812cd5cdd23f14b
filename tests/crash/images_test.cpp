// images_test: every state of the segment that a kill can leave, repaired by the real reaper; and every state
// that a killed reaper leaves then.
//
// BUSKIN_LONG=1 kills the reaper in a dozen images of each scenario, else in one of some; BUSKIN_REAPERS says in
// how many.
#include <cstdio>
#include <set>

#include "tests/crash/scenarios.hpp"
#include "tests/crash/time_limit.hpp"
#include "tests/crash/tracer.hpp"
#include "tests/crash/verdict.hpp"
#include "tests/support/chosen.hpp"

namespace buskin::test {
namespace {

constexpr std::size_t kFaultyMax = 3;  // Images that are reported before a test gives up.
constexpr unsigned kTrace_s = 60;      // A trace takes seconds,
constexpr unsigned kJudge_s = 10;      // and the judgement of an image some milliseconds.

/// Images of a scenario in which the reaper is killed as well.
std::size_t reapers_traced(std::size_t images) {
  return std::min<std::size_t>(number_from("BUSKIN_REAPERS", is_long() ? 12 : 1), images);
}

class Images : public ::testing::TestWithParam<Scenario> {
 protected:
  void SetUp() override {
    if (!may_trace()) GTEST_SKIP() << "this system does not let a process trace its child";
  }

  template <class Body>
  Trace trace_child(Body body) {
    const TimeLimit limit("the traced process", kTrace_s);
    Child child([&] {
      be_traced();
      return body();
    });
    return trace(child, memory_);
  }  // Killed: from here on the kernel says that it is dead.

  Trace trace_victim() {
    return trace_child([&] { return world_.run_victim(stop_for_tracer); });
  }
  Trace trace_reaper() {
    return trace_child([&] { return world_.run_reaper(stop_for_tracer); });
  }

  void restore(const Image& image) {
    world_.forget_survivor();
    image.restore();
    world_.renew_survivor();
  }

  /// True when all is well.
  bool judge(const Image& image, const std::string& which, Since since) {
    const TimeLimit limit("the repair of an image, or what follows it,", kJudge_s);
    restore(image);
    const Faults faults = judge_death(world_, since);
    for (const std::string& fault : faults) ADD_FAILURE() << which << ": " << fault;
    return faults.empty();
  }

  World world_{GetParam()};
  Memory memory_{world_.segment(), world_.book()};
};

TEST_P(Images, AreRepairedAndNothingIsLost) {
  const Trace victim = trace_victim();
  std::size_t faulty = 0;
  for (std::size_t i = 0; i < victim.images.size() && faulty < kFaultyMax; ++i) {
    if (!judge(victim.images[i], "image " + std::to_string(i), Since::Nobody)) ++faulty;
  }
  std::printf("%s: %zu images of %llu steps\n", GetParam().name.c_str(), victim.images.size(),
              static_cast<unsigned long long>(victim.steps));
  RecordProperty("images", static_cast<int>(victim.images.size()));
}

class ImagesOfReapers : public Images {};

TEST_P(ImagesOfReapers, AreRepairedByTheNextOne) {
  const Trace victim = trace_victim();
  const std::size_t wanted = reapers_traced(victim.images.size());
  const std::size_t step = std::max<std::size_t>(victim.images.size() / (wanted + 1), 1);
  std::size_t faulty = 0;
  std::size_t cases = 0;
  std::uint64_t steps = 0;
  for (std::size_t i = wanted == victim.images.size() ? 0 : step; i < victim.images.size() && faulty < kFaultyMax;
       i += step) {
    restore(victim.images[i]);
    if (GetParam().between) GetParam().between(world_);
    const Trace reaper = trace_reaper();
    steps += reaper.steps;
    for (std::size_t k = 0; k < reaper.images.size() && faulty < kFaultyMax; ++k) {
      const std::string which = "image " + std::to_string(i) + ", reaper's " + std::to_string(k);
      if (!judge(reaper.images[k], which, Since::Reaper)) ++faulty;
      ++cases;
      if (GetParam().after) continue;  // An actor in the middle of something is not one that was restarted.
      if (!judge(reaper.images[k], which + ", actor restarted", Since::ReaperAndActor)) ++faulty;
      ++cases;
    }
  }
  std::printf("%s: %zu cases of killed reapers, of %llu steps\n", GetParam().name.c_str(), cases,
              static_cast<unsigned long long>(steps));
  RecordProperty("cases", static_cast<int>(cases));
}

/// All in the long form; in the short form those whose repair has most to do.
std::vector<Scenario> scenarios_of_reapers() {
  std::vector<Scenario> all = all_scenarios();
  const std::set<std::string> deep = {"ReceiveAtMostOnce",
                                      "TurnWith9Outputs",
                                      "ForwardBackToTheFirstReceiver",
                                      "TurnsThatSave",
                                      "GroupThatForwardsTheSecond",
                                      "GroupWhoseLastFails",
                                      "GroupToAClosedTarget",
                                      "TurnToATargetThatCloses",
                                      "RunIsMadeSentAndAnotherFreed",
                                      "MulticastToFour",
                                      "KeptFromAForeignSpan",
                                      "SlotLivesAndEnds",
                                      "EndWithAMessage",
                                      "CreationInATurn",
                                      "ClientDiesWithMail",
                                      "KeepsAReply",
                                      "GivesUpWithNotices",
                                      "PassesOnWhatANoticeBrings",
                                      "JoinsAndLeaves"};
  if (!is_long()) std::erase_if(all, [&](const Scenario& scenario) { return !deep.contains(scenario.name); });
  return all;
}

const auto name_of_scenario = [](const auto& test) { return test.param.name; };
INSTANTIATE_TEST_SUITE_P(Scenarios, Images, ::testing::ValuesIn(all_scenarios()), name_of_scenario);
INSTANTIATE_TEST_SUITE_P(Scenarios, ImagesOfReapers, ::testing::ValuesIn(scenarios_of_reapers()), name_of_scenario);

}  // namespace
}  // namespace buskin::test
