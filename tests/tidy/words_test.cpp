// words: the words that tidy refuses are found where they stand, and only there.

#include "tests/tidy/words.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "tests/tidy/source.hpp"

namespace buskin::tidy {
namespace {

Findings findings(std::string path, std::string_view text) {
  return sentences_are_plain({source_of(std::move(path), text)});
}

bool is_refused(std::string_view sentence) {
  return !findings("docs/a.md", sentence).empty();
}

TEST(TidyWords, HabitsOfGermanProseAreRefused) {
  EXPECT_TRUE(is_refused("Whoever closes it repairs it."));
  EXPECT_TRUE(is_refused("Its parent is told of it."));
  EXPECT_TRUE(is_refused("A reader that does what he likes."));
  EXPECT_TRUE(is_refused("The folder is no folder of ours."));
  EXPECT_TRUE(is_refused("Both end. Of two, one goes on."));
  EXPECT_TRUE(is_refused("It begins anew."));
  EXPECT_TRUE(is_refused("Both end alike."));
  EXPECT_TRUE(is_refused("Each would else fall asleep."));
}

TEST(TidyWords, WhatOnlyLooksLikeAHabitIsFine) {
  EXPECT_FALSE(is_refused("There is no daemon, the file is no longer there, and nobody else hears of it."));
  EXPECT_FALSE(
      is_refused("1 to 63 letters, digits, . _ - and the handler of dead letters, DeadLetter, dead_letter.gone"));
  EXPECT_FALSE(is_refused("The counter `buried` is public. Of course."));
}

TEST(TidyWords, OldWordsAreRefusedInTextsAndNames) {
  EXPECT_EQ(findings("shm/a.hpp", "// A: a voice.\n").size(), 1u);
  EXPECT_EQ(findings("shm/a.cpp", "return \"no desk\";\n").size(), 1u);
  EXPECT_EQ(findings("shm/a.cpp", "SeatBook book;\n").size(), 1u);
  EXPECT_EQ(findings("shm/a.cpp", "find(unborn_seats);\n").size(), 2u);
  EXPECT_EQ(findings("shm/a.cpp", "int kBirthMax_ns = 1;\n").size(), 1u);
  EXPECT_TRUE(findings("shm/a.cpp", "thread.count(Counter::Buried);\n").empty());
  EXPECT_TRUE(findings("shm/a.cpp", "airborne.invoice(newborns);\n").empty());
}

TEST(TidyWords, AHabitIsFoundAcrossLines) {
  const Findings comment = findings("shm/a.cpp", "int a;\n  // Its parent is told\n  // of it.\n");
  ASSERT_EQ(comment.size(), 1u);
  EXPECT_TRUE(comment[0].starts_with("shm/a.cpp:3:")) << comment[0];

  EXPECT_EQ(findings("shm/a.cpp", "f(\"this is \"\n  \"no folder\");\n").size(), 1u);
  EXPECT_EQ(findings("docs/a.md", "Its parent is told\nof it.\n").size(), 1u);
}

TEST(TidyWords, CodeIsNoProse) {
  EXPECT_TRUE(findings("shm/a.cpp", "whoever(he, anew);\n#include \"whoever/he.hpp\"\n").empty());
  EXPECT_TRUE(findings("tests/mutants/a.mutant", "whoever\n").empty());
}

TEST(TidyWords, WhatIsRefusedMayBeQuotedWhereItIsListed) {
  EXPECT_TRUE(findings("docs/words.md", "# Words\n\n## Old names\n\n| voice | endpoint |\n").empty());
  EXPECT_TRUE(findings("docs/style.md", "## English\n\n- Not \"whoever\".\n").empty());
  EXPECT_EQ(findings("docs/words.md", "# Words\n\n| voice | x |\n\n## Old names\n").size(), 1u);
  EXPECT_EQ(findings("docs/style.md", "## English\n\n## Errors\n\nWhoever reads it.\n").size(), 1u);
}

}  // namespace
}  // namespace buskin::tidy
