// check_options_test: an option that makes no sense is refused with a sentence that names it.
#include "api/runtime/node/check_options.hpp"

#include <gtest/gtest.h>

#include "shm/mailbox/lane_reader.hpp"

namespace buskin::runtime {
namespace {

void expect_good(const CreateOptions& options) {
  const Status status = check_options(options);
  EXPECT_TRUE(status.ok()) << status.error().what();
}

void expect_refusal(const CreateOptions& options, const std::string& sentence) {
  const Status status = check_options(options);
  ASSERT_FALSE(status.ok()) << sentence;
  EXPECT_EQ(status.code(), Code::BadOption);
  EXPECT_NE(std::string(status.error().what()).find(sentence), std::string::npos) << status.error().what();
}

constexpr Duration kNegative{-1};

TEST(CheckOptions, AcceptsTheDefaults) { expect_good({}); }

TEST(CheckOptions, AcceptsTheLimits) {
  expect_good({.mailbox = {.capacity = 1, .wait = Duration::zero()}});
  expect_good({.mailbox = {.capacity = shm::kLaneMax / 2}});
  expect_good({.run = {.cpus = {0, 1'023}, .realtime = 99}});
  expect_good({.supervise = {.restarts = 0, .within = Duration::zero(), .attempts = 1, .kills_max = 1}});
  expect_good({.supervise = {.attempts = 15, .kills_max = 255}});
  expect_good({.place = shared("place")});
}

TEST(CheckOptions, RefusesASharedPlaceWithoutAName) { expect_refusal({.place = shared("")}, "without a name"); }

TEST(CheckOptions, RefusesACapacityOfNoMessageOrOfTooMany) {
  expect_refusal({.mailbox = {.capacity = 0}}, "mailbox.capacity is 0");
  const auto most = static_cast<std::uint32_t>(shm::kLaneMax / 2);
  expect_refusal({.mailbox = {.capacity = most + 1}}, "mailbox.capacity is " + std::to_string(most + 1));
}

TEST(CheckOptions, RefusesNegativeTimes) {
  expect_refusal({.mailbox = {.wait = kNegative}}, "mailbox.wait is negative");
  expect_refusal({.supervise = {.within = kNegative}}, "not negative");
  expect_refusal({.supervise = {.backoff = kNegative}}, "not negative");
  expect_refusal({.supervise = {.backoff_max = kNegative}}, "not negative");
}

TEST(CheckOptions, RefusesPrioritiesThatTheKernelDoesNotHave) {
  expect_refusal({.run = {.realtime = -1}}, "run.realtime is -1");
  expect_refusal({.run = {.realtime = 100}}, "run.realtime is 100");
}

TEST(CheckOptions, RefusesProcessorsThatNoMachineHas) {
  expect_refusal({.run = {.cpus = {0, -1}}}, "run.cpus");
  expect_refusal({.run = {.cpus = {1'024}}}, "run.cpus");
}

TEST(CheckOptions, RefusesCountsThatDoNotFitTheRecord) {
  expect_refusal({.supervise = {.attempts = 0}}, "supervise.attempts is 0");
  expect_refusal({.supervise = {.attempts = 16}}, "supervise.attempts is 16");
  expect_refusal({.supervise = {.kills_max = 0}}, "supervise.kills_max is 0");
  expect_refusal({.supervise = {.kills_max = 256}}, "supervise.kills_max is 256");
}

TEST(CheckOptions, RefusesToResumeAfterACrash) {
  expect_refusal({.supervise = {.on_crash = Decision::Resume}}, "supervise.on_crash is Resume");
  expect_good({.supervise = {.on_throw = Decision::Resume}});
}

}  // namespace
}  // namespace buskin::runtime
