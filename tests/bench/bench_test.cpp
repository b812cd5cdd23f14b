// bench: buskin_bench measures every row that it promises, and refuses names that it does not know.
#include "tests/examples/examples.hpp"

namespace {

using test_support::Outcome;

class Bench : public test_support::Examples {
 protected:
  Outcome bench(std::vector<std::string> rest) {
    rest.insert(rest.begin(), program("buskin_bench", "bench"));
    return run(std::move(rest));
  }
  // The JSON object of one row; empty when there is none.
  std::string row_of(const std::string& json, const std::string& name) {
    const std::size_t begin = json.find("{\"name\": \"" + name + "\"");
    return begin == json.npos ? "" : json.substr(begin, json.find('}', begin) - begin + 1);
  }
  std::string slurp(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

TEST_P(Bench, MeasuresEveryRow) {
  const std::string path = (folder_ / "figures.json").string();
  const Outcome outcome = bench({"--quick", "--json", path});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::string json = slurp(path);
  const std::string base = GetParam();
  std::vector<std::string> times{"raw", "create/light"}, rates;
  for (const char* row :
       {"round_trip/BASE/awake/64", "round_trip/BASE/asleep/64", "size/BASE/64", "size/BASE/16777216"}) {
    times.push_back(std::string(row).replace(std::string(row).find("BASE"), 4, base));
  }
  for (const char* row :
       {"create/process", "recovery/crash_to_next_message", "recovery/crash_to_next_message/queued"}) {
    if (is_processes()) times.push_back(row);
  }
  for (const auto& name : times) {
    const std::string row = row_of(json, name);
    EXPECT_NE(row.find("\"unit\": \"ns\""), std::string::npos) << name;
    for (const char* key : {"p50", "p99", "p999", "max", "runs", "raw", "ratio"}) {
      EXPECT_GT(std::stod(test_support::json_value(row, key)), 0) << name << " " << key;
    }
  }
  for (const auto& name : {"stream/" + base + "/64", "fan_in/" + base + "/8/64"}) {
    const std::string row = row_of(json, name);
    EXPECT_NE(row.find("\"unit\": \"msg/s\""), std::string::npos) << name;
    for (const char* key : {"median", "min", "max", "runs"}) {
      EXPECT_GT(std::stod(test_support::json_value(row, key)), 0) << name << " " << key;
    }
    EXPECT_EQ(test_support::json_value(row, "idle"), "\"adaptive\"");
    if (is_processes()) {
      EXPECT_GE(std::stod(test_support::json_value(row, "wakes_per_message")), 0) << name;
    }
  }
  for (const char* name : {"records/message", "records/turn"}) {
    const std::string row = row_of(json, name);
    EXPECT_NE(row.find("\"unit\": \"ns\""), std::string::npos) << name;
    for (const char* key : {"with", "without", "pairs"}) {
      EXPECT_GT(std::stod(test_support::json_value(row, key)), 0) << name << " " << key;
    }
    EXPECT_FALSE(test_support::json_value(row, "difference").empty()) << name;
  }
  EXPECT_NE(json.find("\"machine\": {\"cpu\": \""), std::string::npos);
}

TEST_P(Bench, MeasuresOnlyTheRowsThatBeginWithAName) {
  const Outcome outcome = bench({"--quick", "raw"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out.find("raw "), 0u) << outcome.out;
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 1) << outcome.out;
}

TEST_P(Bench, RefusesWhatMakesNoSense) {
  const auto expect_refusal = [&](std::vector<std::string> arguments, const std::string& sentence) {
    const Outcome outcome = bench(std::move(arguments));
    EXPECT_EQ(outcome.code, 2) << sentence;
    EXPECT_NE(outcome.err.find(sentence), std::string::npos) << outcome.err;
  };
  expect_refusal({"rown"}, "no row begins with rown; there are raw records/message records/turn round_trip");
  expect_refusal({"--json"}, "--json needs a value");
  expect_refusal({"--fast"}, "unknown option --fast");
  expect_refusal({"--base", "sequential"}, "--base must be processes or threads");
}

TEST_P(Bench, SaysThatItCannotWriteItsFigures) {
  const Outcome outcome = bench({"--quick", "raw", "--json", "/dev/null/figures"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("cannot write /dev/null/figures"), std::string::npos) << outcome.err;
}

INSTANTIATE_TEST_SUITE_P(Bases, Bench, testing::Values("processes", "threads"), test_support::base_name);

}  // namespace
