// system_settings: code before arguments before environment.
#include "api/runtime/system/system_settings.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace {

namespace runtime = buskin::runtime;
using buskin::Base;
using buskin::SystemOptions;

class SystemSettings : public ::testing::Test {
 protected:
  SystemSettings() {
    ::unsetenv("BUSKIN_BASE");
    ::unsetenv("BUSKIN_NAME");
  }
  ~SystemSettings() override {
    ::unsetenv("BUSKIN_BASE");
    ::unsetenv("BUSKIN_NAME");
  }
  SystemOptions settings(const SystemOptions& options = {}) {
    return runtime::with_settings(options, &argc_, arguments_.data());
  }

  std::string program_ = "program";
  std::string base_ = "--buskin-base=threads";
  std::string other_ = "--other";
  std::string name_ = "--buskin-name=argument";
  std::array<char*, 5> arguments_{program_.data(), base_.data(), other_.data(), name_.data(), nullptr};
  int argc_ = 4;
};

TEST_F(SystemSettings, ArgumentsWinOverTheEnvironment) {
  ::setenv("BUSKIN_NAME", "environment", 1);
  ::setenv("BUSKIN_BASE", "sequential", 1);
  EXPECT_EQ(settings().name, "argument");
  EXPECT_EQ(settings().base, Base::Threads);
}

TEST_F(SystemSettings, TheEnvironmentWinsOverADefault) {
  ::setenv("BUSKIN_NAME", "environment", 1);
  argc_ = 1;
  EXPECT_EQ(settings().name, "environment");
  EXPECT_EQ(runtime::with_settings({}, nullptr, nullptr).name, "environment");
}

TEST_F(SystemSettings, CodeWinsOverArguments) {
  SystemOptions options;
  options.name = "code";
  options.base = Base::Sequential;
  EXPECT_EQ(settings(options).name, "code");
  EXPECT_EQ(settings(options).base, Base::Sequential);
}

TEST_F(SystemSettings, AnEmptyVariableSaysNothing) {
  ::setenv("BUSKIN_NAME", "", 1);
  argc_ = 1;
  EXPECT_EQ(settings().name, SystemOptions{}.name);
}

TEST_F(SystemSettings, RefusesABaseThatThereIsNot) {
  ::setenv("BUSKIN_BASE", "fibers", 1);
  argc_ = 1;
  EXPECT_THROW((void)settings(), std::runtime_error);
}

TEST_F(SystemSettings, TakesOnlyItsOwnArgumentsOut) {
  runtime::take_out_arguments(&argc_, arguments_.data());
  ASSERT_EQ(argc_, 2);
  EXPECT_EQ(arguments_[0], program_);
  EXPECT_EQ(arguments_[1], other_);
  EXPECT_EQ(arguments_[2], nullptr);
  runtime::take_out_arguments(nullptr, nullptr);
}

}  // namespace
