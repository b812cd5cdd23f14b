// kills: count and stages have the same results while their actors, or the admin, are killed again and again.
#include "tests/examples/examples.hpp"

namespace {

using test_support::json_value;
using test_support::Outcome;

class UnderKills : public test_support::Examples {
 protected:
  UnderKills() { deadline_ = std::chrono::seconds(100); }

  static std::uint64_t number(const Outcome& outcome, const std::string& key) {
    return std::strtoull(json_value(outcome.out, key).c_str(), nullptr, 10);
  }
  // The part of the output that does not depend on time.
  static std::string totals(const Outcome& outcome) { return outcome.out.substr(0, outcome.out.find("\"seconds\"")); }

  Outcome count(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"/usr/include", "--workers", "2", "--top", "20", "--json"});
    Outcome outcome = example("count", std::move(more));
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(json_value(outcome.out, "lost"), "0");
    EXPECT_EQ(json_value(outcome.out, "twice"), "0");
    return outcome;
  }
};

TEST_P(UnderKills, CountIsExactlyRight) {
  const Outcome calm = count();
  const Outcome storm = count({"--kill-every", "100"});
  EXPECT_EQ(totals(storm), totals(calm));
  EXPECT_GE(number(storm, "kills"), 5u) << storm.out;
  EXPECT_GE(number(storm, "restarts"), 3u) << storm.out;
  EXPECT_GE(number(storm, "redelivered"), 1u);
}

TEST_P(UnderKills, CountOutlivesItsAdmins) {
  const Outcome calm = count();
  const Outcome storm = count({"--repeat", "2", "--kill-every", "200", "--kill", "admin"});
  EXPECT_EQ(totals(storm), totals(calm));
  EXPECT_GE(number(storm, "kills"), 2u) << storm.out;
  EXPECT_GE(number(storm, "admin_restarts"), 1u);
}

TEST_P(UnderKills, StagesLoseNothing) {
  const std::string path = (folder_ / "log").string();
  std::ofstream log(path);
  for (int i = 0; i < 1000; ++i) log << "line " << i << " of host" << i % 7 << "\n";
  log.close();
  const Outcome outcome =
      example("stages", {path, "--rate", "20000/s", "--seconds", "3", "--kill-every", "200", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(json_value(outcome.out, "lines"), "60000");
  EXPECT_EQ(json_value(outcome.out, "lost"), "0");
  EXPECT_EQ(json_value(outcome.out, "out_of_order"), "0");
  EXPECT_EQ(json_value(outcome.out, "twice"), "0");
  EXPECT_GE(number(outcome, "kills"), 5u);
  EXPECT_GE(number(outcome, "restarts"), 4u);
  EXPECT_GT(number(outcome, "worst_gap"), 0u);
}

INSTANTIATE_TEST_SUITE_P(Bases, UnderKills, testing::Values("processes"), test_support::base_name);

}  // namespace
