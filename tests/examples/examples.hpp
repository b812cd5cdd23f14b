// Examples: runs one of our programs on one base, in a folder that the test removes.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/subprocess.hpp"

namespace test_support {

namespace fs = std::filesystem;

inline const std::string kBuild = BUSKIN_TEST_BUILD_DIR;

class Examples : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    std::string name = "/dev/shm/buskin-test-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override {
    if (is_processes()) (void)run({program("buskin", "bin"), "stop"});
    fs::remove_all(folder_);
  }
  static std::string program(const std::string& name, const std::string& folder = "examples") {
    return kBuild + "/" + folder + "/" + name;
  }
  static bool is_processes() { return std::string(GetParam()) == "processes"; }

  Outcome run(std::vector<std::string> arguments, bool close_stdout = false) {
    return test_support::run({.arguments = std::move(arguments),
                              .environment = {{"BUSKIN_BASE", GetParam()}, {"BUSKIN_DIR", folder_.string()}},
                              .close_stdout = close_stdout,
                              .deadline = deadline_});
  }
  Outcome shell(const std::string& command) { return run({"/bin/sh", "-c", command}); }
  Outcome example(const std::string& name, std::vector<std::string> rest = {}) {
    rest.insert(rest.begin(), program(name));
    return run(std::move(rest));
  }
  fs::path folder_;
  std::chrono::seconds deadline_{60};
};

/// The base in the name of a test.
inline std::string base_name(const testing::TestParamInfo<const char*>& info) {
  return info.param;
}

/// The text after `"key": ` in a JSON object, up to the next comma or brace.
inline std::string json_value(const std::string& json, const std::string& key) {
  const std::size_t begin = json.find("\"" + key + "\": ");
  if (begin == json.npos) return "no key " + key;
  const std::size_t value = begin + key.size() + 4;
  return json.substr(value, json.find_first_of(",}", value) - value);
}

}  // namespace test_support
