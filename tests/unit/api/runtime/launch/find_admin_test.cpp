// find_admin_test: the admin that belongs to a library is found from where the library's header lies.
#include "api/runtime/launch/find_admin.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "tests/support/scoped_variable.hpp"
#include "tests/support/scratch.hpp"

namespace {

using buskin::runtime::find_admin;
using buskin::runtime::look_for_admin_beside;

class FindAdmin : public ::testing::Test {
 protected:
  void TearDown() override { look_for_admin_beside(""); }

  std::string prefix_with_admin() {
    const std::string prefix = folder_.path() + "/prefix";
    std::filesystem::create_directories(prefix + "/bin");
    { std::ofstream(prefix + "/bin/buskin-admin") << "#!/bin/true\n"; }
    std::filesystem::permissions(prefix + "/bin/buskin-admin", std::filesystem::perms::owner_all);
    return prefix;
  }
  std::string found() {
    try {
      return find_admin();
    } catch (const std::runtime_error& missing) {
      return missing.what();
    }
  }

  buskin::test::ScratchFolder folder_;
  buskin::test::ScopedVariable no_path_{"PATH", "/nowhere"};
  buskin::test::ScopedVariable no_admin_{"BUSKIN_ADMIN", ""};
};

TEST_F(FindAdmin, LooksInThePrefixOfTheHeader) {
  const std::string prefix = prefix_with_admin();
  EXPECT_NE(found(), prefix + "/bin/buskin-admin");
  const auto header = std::filesystem::path(prefix) / "include" / "buskin" / "actor_system.hpp";
  look_for_admin_beside(header.c_str());
  EXPECT_EQ(found(), prefix + "/bin/buskin-admin");
}

TEST_F(FindAdmin, LooksBesideTheProgramThatTheBuildNames) {
  const std::string admin = prefix_with_admin() + "/bin/buskin-admin";
  look_for_admin_beside(admin.c_str());
  EXPECT_EQ(found(), admin);
}

TEST_F(FindAdmin, TakesTheVariableFirst) {
  const std::string admin = prefix_with_admin() + "/bin/buskin-admin";
  const buskin::test::ScopedVariable named("BUSKIN_ADMIN", admin);
  EXPECT_EQ(found(), admin);
}

}  // namespace
