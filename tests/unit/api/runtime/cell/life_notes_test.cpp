// life_notes_test: a report is owed once, and an actor that gives no reason ends by its own wish.
#include "api/runtime/cell/life_notes.hpp"

#include <gtest/gtest.h>

namespace buskin::runtime {
namespace {

TEST(LifeNotes, OweACreatorOneReport) {
  LifeNotes notes;
  notes.expect_report({.mailbox = {}, .correlation = 7});
  EXPECT_FALSE(notes.is_empty());
  EXPECT_EQ(notes.take_creator()->correlation, 7u);
  EXPECT_FALSE(notes.take_creator().has_value());
  EXPECT_TRUE(notes.is_empty());
}

TEST(LifeNotes, OweNothingToACreatorThatDoesNotWait) {
  LifeNotes notes;
  notes.expect_report({.mailbox = {}, .correlation = 0});
  EXPECT_FALSE(notes.take_creator().has_value());
}

TEST(LifeNotes, WithoutAReasonAnActorEndsByItsOwnWishAndItsChildrenWithIt) {
  LifeNotes notes;
  EXPECT_TRUE(notes.ends_children());
  const LifeNotes::End end = notes.take_end();
  EXPECT_EQ(end.code, Code::Ok);
  EXPECT_EQ(end.reason, "exit");
}

TEST(LifeNotes, KeepTheReasonOfAnEnd) {
  LifeNotes notes;
  notes.end({.code = Code::ActorDied, .reason = "it threw", .ends_children = false});
  EXPECT_FALSE(notes.ends_children());
  const LifeNotes::End end = notes.take_end();
  EXPECT_EQ(end.code, Code::ActorDied);
  EXPECT_EQ(end.reason, "it threw");
}

TEST(LifeNotes, AreNotEmptyWhileARestartIsDue) {
  LifeNotes notes;
  notes.set_restart_due(5);
  EXPECT_FALSE(notes.is_empty());
  notes.set_restart_due(0);
  EXPECT_TRUE(notes.is_empty());
}

}  // namespace
}  // namespace buskin::runtime
