// points_crash_test: dies at every named crash point, really, and is repaired.
//
// Which scenario reaches a point is found out by trying. A point that none reaches stands in kElsewhere with the
// test that does, or it is a new one without a test: then this test fails.
#include <sched.h>
#include <sys/mount.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <regex>
#include <set>

#include "shm/base/crash_point.hpp"
#include "tests/crash/scenarios.hpp"
#include "tests/crash/verdict.hpp"
#include "tests/support/chosen.hpp"

namespace buskin::test {
namespace {

/// Reached by no victim of a scenario, and why not.
const std::map<std::string, std::string> kElsewhere = {
    {"segment_filled", "segment_crash_test: before there is a segment"},
    {"type_claimed", "segment_crash_test"},
    {"unit_punched", "UnitsThatLoseTheirPages: needs a full memory file system"},
};

/// Points of the repair itself: the victim dies at the second name in the first scenario, its reaper at the third,
/// and that one's at the fourth if there is one.
struct ReaperDeath {
  std::string scenario;
  std::string victims_point;
  std::string reapers_point;
  std::string next_point{};
};
const std::vector<ReaperDeath> kReaperDeaths = {
    {"TurnWith2Outputs", "turn_committed", "reap_marked"},
    {"TurnWith2Outputs", "turn_committed", "reaper_published"},
    {"TurnWith2Outputs", "turn_committed", "record_settled"},
    {"TurnWith2Outputs", "turn_committed", "record_half_cleared"},
    {"TurnWith2Outputs", "turn_committed", "reap_records_done"},
    {"TurnWith2Outputs", "turn_committed", "claim_inherited"},
    {"TurnWith2Outputs", "turn_committed", "hands_settled"},
    {"TurnWith2Outputs", "turn_committed", "actor_crashed"},
    {"TurnWith2Outputs", "turn_committed", "crash_notice_out"},
    {"TurnWith2Outputs", "turn_committed", "reap_actors_done"},
    {"TurnWith2Outputs", "turn_armed", "block_swept"},
    {"TurnWith2Outputs", "turn_committed", "reap_memory_done"},
    {"TurnWith2Outputs", "turn_committed", "reap_unclaimed"},
    {"TurnsThatSave", "turn_committed", "reaper_state_settled"},
    {"GroupOfThree", "turn_committed", "hand_goes_back"},
    {"GroupThatForwardsTheSecond", "turn_committed", "reaper_passed"},
    {"GroupThatForwardsTheSecond", "group_passed", "reaper_passed"},
    {"GroupToAClosedTarget", "turn_committed", "reaper_published"},
    {"ReceiveAtMostOnce", "hand_half_written", "hands_settled"},
    {"ReceiveAtMostOnce", "in_the_handler", "losing_armed"},
    {"ReceiveAtMostOnce", "in_the_handler", "losing_committed"},
    {"TurnToATargetThatCloses", "turn_entry_owned", "reaper_published"},
    {"TurnWith2Outputs", "turn_entry_owned", "turn_entry_pushed"},
    {"TurnWith2Outputs", "turn_committed", "turn_entry_named", "turn_entry_owned"},
    {"KeepsAReply", "completed", "reply_armed"},
    {"KeepsAReply", "completed", "reply_answered"},
    {"KeepsAReply", "completed", "reply_out"},
    {"KeepsAReply", "completed", "reply_settled"},
    {"MulticastToFour", "payload_shared", "reference_dropped"},
    {"RunIsMadeSentAndAnotherFreed", "unit_taken", "claim_undone"},
};

constexpr std::size_t kRepairersMax = 3;

std::set<std::string> names_in_source() {
  static const std::regex point(R"rx(crash_point\("([a-z0-9_]+)"\))rx");
  std::set<std::string> names;
  for (const auto& file : std::filesystem::recursive_directory_iterator(BUSKIN_TEST_SOURCE_DIR "/shm")) {
    if (!file.is_regular_file()) continue;
    std::ifstream stream(file.path());
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    for (std::sregex_iterator match(text.begin(), text.end(), point), end; match != end; ++match) {
      names.insert((*match)[1]);
    }
  }
  return names;
}

/// Ends when the child has died or says that it is done. True when it died at the point.
template <class Body>
bool dies_at(const std::string& point, Body body) {
  Gate done;
  Child child([&] {
    bool is_begun = false;
    return body([&] {
      if (is_begun) done.open();
      is_begun = true;
      armed_crash_point = point;
    });
  });
  if (done.wait_or_death(child.pid())) {
    child.kill();
    return false;
  }
  return child.wait() == -SIGKILL;
}

bool victim_dies_at(World& world, const std::string& point) {
  return dies_at(point, [&](const std::function<void()>& ready) { return world.run_victim(ready); });
}

bool reaper_dies_at(World& world, const std::string& point) {
  return dies_at(point, [&](const std::function<void()>& ready) { return world.run_reaper(ready); });
}

void expect_repaired(World& world, const std::string& which, Since since = Since::Nobody) {
  for (const std::string& fault : judge_death(world, since)) ADD_FAILURE() << which << ": " << fault;
}

std::set<std::string>& reached() {
  static std::set<std::string> names;
  return names;
}

TEST(CrashPointsOf, EveryScenarioAreRepaired) {
  const std::set<std::string> names = names_in_source();
  ASSERT_GT(names.size(), 50u);
  std::size_t deaths = 0;
  for (const Scenario& scenario : all_scenarios()) {
    for (const std::string& name : names) {
      World world(scenario);
      if (!victim_dies_at(world, name)) continue;
      reached().insert(name);
      ++deaths;
      expect_repaired(world, scenario.name + " at " + name);
    }
  }
  for (const ReaperDeath& death : kReaperDeaths) {
    const auto scenarios = all_scenarios();
    const auto at = std::find_if(scenarios.begin(), scenarios.end(),
                                 [&](const Scenario& scenario) { return scenario.name == death.scenario; });
    ASSERT_NE(at, scenarios.end()) << death.scenario;
    World world(*at);
    const std::string which = death.scenario + " at " + death.victims_point + ", its reaper at " + death.reapers_point;
    EXPECT_TRUE(victim_dies_at(world, death.victims_point)) << which;
    if (at->between) at->between(world);
    if (!reaper_dies_at(world, death.reapers_point)) {
      ADD_FAILURE() << which << " was not reached";
      continue;
    }
    if (!death.next_point.empty() && !reaper_dies_at(world, death.next_point)) {
      ADD_FAILURE() << which << ", and the next one's " << death.next_point << " was not reached";
    }
    reached().insert(death.reapers_point);
    ++deaths;
    expect_repaired(world, which, Since::Reaper);
  }
  std::string missing;
  for (const std::string& name : names) {
    if (!reached().contains(name) && !kElsewhere.contains(name)) missing += " " + name;
  }
  EXPECT_EQ(missing, "") << "crash points that no scenario reaches";
  for (const auto& [name, why] : kElsewhere) {
    EXPECT_TRUE(names.contains(name)) << name << " is not a crash point any more";
    EXPECT_FALSE(reached().contains(name)) << name << " is reached here: take it from kElsewhere";
  }
  std::printf("%zu deaths at %zu of %zu crash points\n", deaths, reached().size(), names.size());
}

/// On a full memory file system: half of the large blocks are freed, and one needs the pages of all of them.
Scenario room_for_a_larger_one() {
  return {.name = "RoomForALargerOne", .act = [](World&, Thread& t) {
            std::vector<Handle> blocks;
            for (auto made = t.heap().allocate(300'000); made.ok(); made = t.heap().allocate(300'000)) {
              blocks.push_back(made.value());
            }
            BUSKIN_CHECK(blocks.size() >= 4);
            for (std::size_t i = 0; i < blocks.size(); i += 2) t.heap().free(blocks[i]);
            BUSKIN_CHECK(t.heap().allocate(600'000).ok());
          }};
}

TEST(CrashPointsOf, UnitsThatLoseTheirPagesAreRepaired) {
  const int spaces = ::geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER;
  if (::unshare(spaces) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", "/dev/shm", "tmpfs", 0, "size=2500k,mode=0700") != 0) {
    GTEST_SKIP() << "this user may not mount a tmpfs, not even in a namespace of its own";
  }
  const Scenario scenario = room_for_a_larger_one();
  for (const std::string point : {"unit_punched", "unit_taken", "unit_released", "units_filled"}) {
    World world(scenario);
    EXPECT_TRUE(victim_dies_at(world, point)) << point << " was not reached";
    expect_repaired(world, point);
  }
}

/// Names of which some are reached often: what was reached once is tried more.
class Names {
 public:
  explicit Names(std::mt19937& random) : random_(random) {
    const std::set<std::string> set = names_in_source();
    all_.assign(set.begin(), set.end());
  }
  std::string pick() const {
    const auto& list = reached_.empty() || random_() % 4 == 0 ? all_ : reached_;
    return list[random_() % list.size()];
  }
  void was_reached(const std::string& name) {
    if (std::find(reached_.begin(), reached_.end(), name) == reached_.end()) reached_.push_back(name);
  }

 private:
  std::mt19937& random_;
  std::vector<std::string> all_;
  std::vector<std::string> reached_;
};

/// A victim, and up to three repairers after it, each killed at a point of its own.
TEST(CrashPointsOf, ChainsOfDeathsAreRepaired) {
  const std::size_t wanted = is_long() ? 300'000 : 2'000;
  const auto seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  std::mt19937 random(seed);
  Names victims(random);
  Names repairers(random);
  const std::vector<Scenario> scenarios = all_scenarios();
  std::array<std::size_t, kRepairersMax + 1> chains{};  // By the number of repairers that died.
  std::size_t faulty = 0;
  for (std::size_t i = 0; i < wanted && faulty < 3; ++i) {
    const Scenario& scenario = scenarios[random() % scenarios.size()];
    World world(scenario);
    const std::string victims_point = victims.pick();
    if (!victim_dies_at(world, victims_point)) continue;
    victims.was_reached(victims_point);
    std::string which = scenario.name + " at " + victims_point;
    if (scenario.between) scenario.between(world);
    std::size_t deaths = 0;
    for (; deaths < kRepairersMax; ++deaths) {
      const std::string point = repairers.pick();
      if (!reaper_dies_at(world, point)) break;  // It went through; only itself is left to repair.
      repairers.was_reached(point);
      which += ", its repairer at " + point;
    }
    ++chains[deaths];
    // An actor in the middle of something cannot be taken for one that was restarted.
    const bool is_restarted = random() % 2 == 0 && !scenario.after;
    for (const std::string& fault : judge_death(world, is_restarted ? Since::ReaperAndActor : Since::Reaper)) {
      ADD_FAILURE() << which << ": " << fault;
      ++faulty;
    }
  }
  std::printf("chains with 0, 1, 2, 3 dead repairers: %zu, %zu, %zu, %zu\n", chains[0], chains[1], chains[2],
              chains[3]);
}

}  // namespace
}  // namespace buskin::test
