// settings_in_force_test: which options of a program that joins do not hold.
#include "api/runtime/start/settings_in_force.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "shm/segment/system_words.hpp"
#include "tests/support/segment_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using namespace buskin::runtime;

class SettingsInForce : public ::testing::Test {
 protected:
  SettingsInForce() { buskin::shm::write_end_rules(segment_, {5'000'000'000, false, 0}); }

  std::string ignored(const SystemSettings& asked) {
    std::string text;
    for (const IgnoredOption& one : ignored_options(settings_in_force(segment_, asked), asked)) {
      text += one.option + ": " + one.asked + ", " + one.holds + "; ";
    }
    return text;
  }

  buskin::shm::Segment segment_ =
      buskin::shm::Segment::create_private(buskin::test::small_segment(buskin::test::kSmallTables)).value();
};

TEST_F(SettingsInForce, SayWhatTheSegmentHas) {
  const buskin::Settings settings = settings_in_force(segment_, {.name = "own", .message_max = 7});
  EXPECT_EQ(settings.name, "own");
  EXPECT_EQ(settings.linger, 5s);
  EXPECT_EQ(settings.memory_max, std::uint64_t{buskin::test::kSmallTables.units} * buskin::shm::kPieceBytes);
  EXPECT_EQ(settings.message_max, 7u);
}

TEST_F(SettingsInForce, AnOptionThatIsTheSameOrLeftOutIsNotIgnored) {
  const std::uint64_t memory = settings_in_force(segment_, {}).memory_max;
  EXPECT_EQ(ignored({}), "");
  EXPECT_EQ(ignored({.linger = 5s, .memory_max = memory}), "");
  EXPECT_EQ(ignored({.memory_max = memory - 1}), "") << "it is rounded up to whole pieces";
}

TEST_F(SettingsInForce, AnOptionThatDiffersIsNamedWithBothValues) {
  const std::string memory = std::to_string(settings_in_force(segment_, {}).memory_max);
  EXPECT_EQ(ignored({.linger = 1s, .memory_max = 1}),
            "memory_max: 1 bytes, " + memory + " bytes; linger: 1.000000 s, 5.000000 s; ");
}

TEST_F(SettingsInForce, StrictIsAnErrorThatNamesBoth) {
  const SystemSettings asked{.name = "own", .linger = 1s, .strict = true};
  try {
    report_ignored(ignored_options(settings_in_force(segment_, asked), asked), asked);
    FAIL() << "it should have thrown";
  } catch (const std::runtime_error& refused) {
    EXPECT_STREQ(refused.what(),
                 "buskin: the system \"own\" runs with linger = 5.000000 s, and this program asks for 1.000000 s and "
                 "is strict: ask for the same, leave the option out, or stop the system first");
  }
}

}  // namespace
