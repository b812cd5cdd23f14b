// stages: every line comes out once and in order, and its sums are those of coreutils.
#include "tests/examples/examples.hpp"

namespace {

using test_support::json_value;
using test_support::Outcome;

class Stages : public test_support::Examples {
 protected:
  static constexpr int kLines = 20'000;

  // Lines of many lengths, one of them empty, one long, the last without its end.
  std::string log_file() {
    const std::string path = (folder_ / "log").string();
    std::ofstream log(path, std::ios::binary);
    log << "\n" << std::string(200'000, 'x') << " end\n";
    for (int i = 3; i < kLines; ++i) {
      log << "10:" << i % 60 << " host" << i % 7 << " did "
          << std::string(static_cast<std::size_t>(i % 90), "abc"[i % 3]) << "\n";
    }
    log << "last\xff line";
    return path;
  }
  void expect_whole(const Outcome& outcome, const std::string& path, int times = 1) {
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(json_value(outcome.out, "lines"), std::to_string(kLines * times));
    EXPECT_EQ(json_value(outcome.out, "lost"), "0");
    EXPECT_EQ(json_value(outcome.out, "out_of_order"), "0");
    EXPECT_EQ(json_value(outcome.out, "twice"), "0");
    if (times == 1) {
      EXPECT_EQ(json_value(outcome.out, "words") + "\n", shell("LC_ALL=C wc -w <" + path).out);
    }
    EXPECT_EQ(json_value(outcome.out, "patterns") + "\n",
              shell("LC_ALL=C sed 's/[0-9]/#/g' " + path + " | LC_ALL=C sort -u | wc -l").out);
  }
};

TEST_P(Stages, LosesNothingAtFullRate) {
  const std::string path = log_file();
  expect_whole(example("stages", {path, "--rate", "full", "--json"}), path);
}

TEST_P(Stages, HoldsItsRate) {
  const std::string path = log_file();
  const Outcome outcome = example("stages", {path, "--rate", "20000/s", "--seconds", "2", "--json"});
  expect_whole(outcome, path, 2);
  EXPECT_NEAR(std::stod(json_value(outcome.out, "seconds")), 2, 0.2);
}

TEST_P(Stages, ReadsStandardInput) {
  const std::string path = log_file();
  expect_whole(shell(program("stages") + " --rate full --json <" + path), path);
}

TEST_P(Stages, PrintsHopsFloorAndHistogram) {
  const Outcome outcome = example("stages", {log_file(), "--rate", "full"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  for (const char* part : {"source (due to sent)", "hop 1", "hop 2", "hop 3", "hop 4", "end to end", "p99.99",
                           "floor: cache line", "floor: gaps", "###", "20000 lines: 0 lost, 0 out of order, 0 twice"}) {
    EXPECT_NE(outcome.out.find(part), std::string::npos) << part << "\n" << outcome.out;
  }
}

TEST_P(Stages, RefusesWhatMakesNoSense) {
  const auto expect_refusal = [&](std::vector<std::string> arguments, const std::string& sentence) {
    const Outcome outcome = example("stages", std::move(arguments));
    EXPECT_EQ(outcome.code, 2) << sentence;
    EXPECT_NE(outcome.err.find(sentence), std::string::npos) << outcome.err;
  };
  expect_refusal({"/dev/null", "--rate", "0/s"}, "--rate must be full, or 1/s to");
  expect_refusal({"/dev/null", "--speed", "1"}, "unknown option --speed");
  expect_refusal({"/dev/null", "--seconds"}, "--seconds needs a value");
  expect_refusal({"/dev/null"}, "there is no line in the input");
  expect_refusal({"/nonexistent"}, "cannot read /nonexistent: No such file");
}

INSTANTIATE_TEST_SUITE_P(Bases, Stages, testing::Values("processes", "threads", "sequential"), test_support::base_name);

}  // namespace
