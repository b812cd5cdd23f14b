// Programs: which fork server can make which actors, and what is kept.
#include "admin/daemon/programs.hpp"

#include <gtest/gtest.h>

namespace {

using buskin::shm::MemberId;
using buskin::admin::Programs;
using buskin::admin::Server;

constexpr std::uint64_t kHello = 1;
constexpr std::uint64_t kCount = 2;

MemberId member(std::uint32_t number) {
  return {static_cast<buskin::shm::ProcessIndex>(number), 0};
}

Server server(std::uint64_t program, std::map<std::uint64_t, std::string> types) {
  return {
      program, "/bin/" + std::to_string(program), {}, member(static_cast<std::uint32_t>(program)), std::move(types)};
}

TEST(Programs, TakesOneServerForEachProgram) {
  Programs programs;
  EXPECT_TRUE(programs.add(server(1, {{kHello, "Hello"}})));
  EXPECT_FALSE(programs.add(server(1, {{kCount, "Count"}})));
  EXPECT_TRUE(programs.has(1));
  EXPECT_EQ(programs.all().size(), 1u);
}

TEST(Programs, ChoosesTheProgramThatAskedBeforeAnotherThatHasTheType) {
  Programs programs;
  (void)programs.add(server(1, {{kHello, "Hello"}}));
  (void)programs.add(server(2, {{kHello, "Hello"}, {kCount, "Count"}}));
  ASSERT_NE(programs.choose(kHello, 2), nullptr);
  EXPECT_EQ(programs.choose(kHello, 2)->program, 2u);
  EXPECT_EQ(programs.choose(kHello, 3)->program, 1u);
  EXPECT_EQ(programs.choose(kCount, 1)->program, 2u);
  EXPECT_EQ(programs.choose(99, 1), nullptr);
}

TEST(Programs, AServerIsRemovedByItsProcessOrItsProgram) {
  Programs programs;
  (void)programs.add(server(1, {}));
  (void)programs.add(server(2, {}));
  EXPECT_FALSE(programs.remove(member(3)));
  EXPECT_TRUE(programs.remove(member(1)));
  EXPECT_EQ(programs.find(member(1)), nullptr);
  programs.remove(std::uint64_t{2});
  EXPECT_TRUE(programs.all().empty());
}

TEST(Programs, AProgramIsExpectedOnlyAfterItsServerDied) {
  Programs programs;
  (void)programs.add(server(1, {}));
  EXPECT_FALSE(programs.is_expected(1));
  programs.expect(1);
  EXPECT_TRUE(programs.is_expected(1));
}

TEST(Programs, KeepsTheLastCommandLineOfAPath) {
  Programs programs;
  programs.keep({"/bin/1", {"--old"}, "/"});
  programs.keep({"/bin/1", {"--new"}, "/tmp"});
  ASSERT_NE(programs.find_kept("/bin/1"), nullptr);
  EXPECT_EQ(programs.find_kept("/bin/1")->arguments, std::vector<std::string>{"--new"});
  EXPECT_EQ(programs.find_kept("/bin/1")->folder, "/tmp");
  EXPECT_TRUE(programs.unkeep("/bin/1"));
  EXPECT_FALSE(programs.unkeep("/bin/1"));
  EXPECT_EQ(programs.find_kept("/bin/1"), nullptr);
}

TEST(Programs, KeepsAProgramWhoseServerIsGone) {
  Programs programs;
  (void)programs.add(server(1, {}));
  programs.keep({"/bin/1", {}, {}});
  (void)programs.remove(member(1));
  EXPECT_FALSE(programs.has_path("/bin/1"));
  EXPECT_NE(programs.find_kept("/bin/1"), nullptr);
}

TEST(Programs, NamesThePathsOfItsServersInASentence) {
  Programs programs;
  EXPECT_EQ(programs.known_paths(), "none");
  (void)programs.add(server(1, {}));
  (void)programs.add(server(2, {}));
  EXPECT_EQ(programs.known_paths(), "/bin/1, /bin/2");
}

}  // namespace
