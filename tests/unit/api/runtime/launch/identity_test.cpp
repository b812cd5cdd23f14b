// identity_test: a program's key depends on its binary, folder and environment, and on nothing that is noise.
#include "api/runtime/launch/identity.hpp"

#include "tests/support/scoped_variable.hpp"
#include "tests/support/scratch.hpp"

namespace buskin::test {
namespace {

using runtime::own_executable;
using runtime::program_key;

TEST(Identity, IsTheSameEachTimeAndNeverZero) {
  EXPECT_NE(program_key(), 0u);
  EXPECT_EQ(program_key(), program_key());
}

TEST(Identity, DependsOnTheEnvironment) {
  const std::uint64_t before = program_key();
  {
    const ScopedVariable one("IDENTITY_TEST", "1");
    const std::uint64_t with_one = program_key();
    EXPECT_NE(with_one, before);
    const ScopedVariable two("IDENTITY_TEST", "2");
    EXPECT_NE(program_key(), with_one);
  }
  EXPECT_EQ(program_key(), before);
}

TEST(Identity, DoesNotDependOnTheOrderOfTheEnvironment) {
  const ScopedVariable a("IDENTITY_A", "1");
  const ScopedVariable b("IDENTITY_B", "1");
  const std::uint64_t before = program_key();
  ::unsetenv("IDENTITY_A");
  ::setenv("IDENTITY_A", "1", 1);  // Now behind B.
  EXPECT_EQ(program_key(), before);
}

TEST(Identity, DoesNotDependOnVariablesThatAShellOrBuskinSets) {
  const std::uint64_t before = program_key();
  for (const char* name : {"_", "SHLVL", "OLDPWD", "PWD", "BUSKIN_NAME"}) {
    const ScopedVariable noise(name, "changed by a test");
    EXPECT_EQ(program_key(), before) << name;
  }
}

TEST(Identity, DependsOnTheWorkingDirectory) {
  const ScratchFolder folder;
  const std::filesystem::path here = std::filesystem::current_path();
  const std::uint64_t before = program_key();
  std::filesystem::current_path(folder.path());
  const std::uint64_t elsewhere = program_key();
  std::filesystem::current_path(here);
  EXPECT_NE(elsewhere, before);
  EXPECT_EQ(program_key(), before);
}

TEST(Identity, KnowsTheExecutableOfThisProcess) {
  EXPECT_TRUE(std::filesystem::equivalent(own_executable(), "/proc/self/exe")) << own_executable();
}

}  // namespace
}  // namespace buskin::test
