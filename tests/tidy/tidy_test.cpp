// tidy: the tree keeps the rules that a machine can hold.
//
// Each finding is printed as "file:line: what to do". docs/style.md gives the reasons.

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/tidy/documents.hpp"
#include "tests/tidy/floors.hpp"
#include "tests/tidy/rules.hpp"
#include "tests/tidy/source.hpp"

namespace buskin::tidy {
namespace {

const Sources& tree() {
  static const Sources sources = read_tree(BUSKIN_TEST_SOURCE_DIR);
  return sources;
}

void expect_none(const Findings& findings) {
  for (const std::string& finding : findings) ADD_FAILURE() << finding;
}

TEST(Tidy, ReadsTheTree) { EXPECT_GT(tree().size(), 50u) << BUSKIN_TEST_SOURCE_DIR; }

TEST(Tidy, IncludesPointDownwards) {
  for (const Source& source : tree()) {
    if (source.path != "tests/tidy/floors.txt") continue;
    return expect_none(includes_point_downwards(tree(), read_floors(source)));
  }
  FAIL() << "tests/tidy/floors.txt is missing";
}

TEST(Tidy, FilesAreShort) { expect_none(files_are_short(tree())); }
TEST(Tidy, FilesSayWhatTheyAre) { expect_none(files_say_what_they_are(tree())); }
TEST(Tidy, AtomicAccessesGiveTheirReason) { expect_none(atomic_accesses_give_their_reason(tree())); }
TEST(Tidy, SyncNamesStandInPairs) { expect_none(sync_names_stand_in_pairs(tree())); }
TEST(Tidy, CrashNamesMatchCrashPoints) { expect_none(crash_names_match_crash_points(tree())); }
TEST(Tidy, EndlessLoopsSayWhatEndsThem) { expect_none(endless_loops_say_what_ends_them(tree())); }
TEST(Tidy, LibrariesHaveOneDoor) { expect_none(libraries_have_one_door(tree())); }
TEST(Tidy, PublicHeadersStayClean) { expect_none(public_headers_stay_clean(tree())); }
TEST(Tidy, NoPathOfOneMachine) { expect_none(no_path_of_one_machine(tree())); }
TEST(Tidy, ErrorTextsAreLiteral) { expect_none(error_texts_are_literal(tree())); }
TEST(Tidy, TodosNameAnIssue) { expect_none(todos_name_an_issue(tree())); }

}  // namespace
}  // namespace buskin::tidy
