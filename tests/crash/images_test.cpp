// images_test: every state of the segment that a kill can leave, repaired by the real reaper.
#include <cstdio>

#include "tests/crash/scenarios.hpp"
#include "tests/crash/tracer.hpp"
#include "tests/crash/verdict.hpp"

namespace buskin::test {
namespace {

class Images : public ::testing::TestWithParam<Scenario> {};

TEST_P(Images, AreRepairedAndNothingIsLost) {
  World world(GetParam());
  Trace traced;
  const Memory memory(world.segment(), world.book());
  {
    Child child([&] {
      be_traced();
      return world.run_victim(stop_for_tracer);
    });
    traced = trace(child, memory);
  }  // Killed: from here on the kernel says that it is dead.
  world.forget_survivor();
  std::uint64_t bad = 0;
  for (std::size_t i = 0; i < traced.images.size() && bad < 3; ++i) {
    traced.images[i].restore();
    world.renew_survivor();
    const Faults faults = judge_death(world);
    for (const std::string& fault : faults) ADD_FAILURE() << "image " << i << ": " << fault;
    if (!faults.empty()) ++bad;
    world.forget_survivor();
  }
  std::printf("%s: %zu images of %llu steps\n", GetParam().name.c_str(), traced.images.size(),
              static_cast<unsigned long long>(traced.steps));
  RecordProperty("images", static_cast<int>(traced.images.size()));
}

INSTANTIATE_TEST_SUITE_P(Scenarios, Images, ::testing::ValuesIn(all_scenarios()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace buskin::test
