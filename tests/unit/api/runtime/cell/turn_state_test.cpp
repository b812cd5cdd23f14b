// turn_state_test: what a turn knows of itself, and that nothing of it is left after it.
#include "api/runtime/cell/turn_state.hpp"

#include <gtest/gtest.h>

namespace buskin::runtime {
namespace {

constexpr Owed kQuestion{.asker = 7, .correlation = 70};
constexpr Owed kOther{.asker = 7, .correlation = 71};

TurnState asked() { return TurnState::of_message({.id = 5, .question = kQuestion}, 100); }

TEST(TurnState, BetweenTurnsOwesNothingAndUndoesNothing) {
  const TurnState turn;
  EXPECT_FALSE(turn.is_staging());
  EXPECT_FALSE(turn.is_exact());
  EXPECT_FALSE(turn.is_repeated());
  EXPECT_FALSE(turn.is_asked());
  EXPECT_EQ(turn.fate(), shm::Counter::Handled);
  EXPECT_EQ(turn.first_id(), ~std::uint64_t{0}) << "ids from there on were given in it";
}

TEST(TurnState, OfAnExactMessageStagesFromItsBegin) {
  const TurnState turn = TurnState::of_message({.id = 5, .is_exact = true}, 100);
  EXPECT_TRUE(turn.is_staging());
  EXPECT_TRUE(turn.is_exact());
  EXPECT_EQ(turn.first_id(), 100u);
}

TEST(TurnState, OfAnyOtherMessageStagesFromTheFirstSendThatWaits) {
  TurnState turn = TurnState::of_message({.id = 5}, 100);
  EXPECT_FALSE(turn.is_staging());
  turn.stage_from_here();
  EXPECT_TRUE(turn.is_staging());
  EXPECT_FALSE(turn.is_exact()) << "children and timers are not one with it";
}

TEST(TurnState, ResumesWhatItPaused) {
  TurnState turn = TurnState::of_message({.id = 5, .is_exact = true}, 100);
  const bool was_staging = turn.pause_staging();
  EXPECT_FALSE(turn.is_staging());
  turn.resume_staging(was_staging);
  EXPECT_TRUE(turn.is_staging());
}

TEST(TurnState, IsRepeatedFromTheSecondAttemptOn) {
  EXPECT_FALSE(TurnState::of_message({.id = 5, .attempt = 1}, 100).is_repeated());
  EXPECT_TRUE(TurnState::of_message({.id = 5, .attempt = 2}, 100).is_repeated());
  EXPECT_TRUE(TurnState::of_hook(0, 100, true).is_repeated());
}

TEST(TurnState, OfACompletionCountsTheMessageAndStagesWhatIsSaidAboutIt) {
  const TurnState turn = TurnState::of_completion(shm::Counter::Poison, 100);
  EXPECT_TRUE(turn.is_staging());
  EXPECT_FALSE(turn.is_exact());
  EXPECT_EQ(turn.fate(), shm::Counter::Poison);
}

TEST(TurnState, OwesTheAnswerToItsQuestionAlone) {
  TurnState turn = asked();
  EXPECT_TRUE(turn.owes(kQuestion));
  EXPECT_FALSE(turn.owes(kOther));
  turn.answer(kOther);
  EXPECT_TRUE(turn.is_asked());
  turn.answer(kQuestion);
  EXPECT_FALSE(turn.is_asked());
  EXPECT_FALSE(turn.owes(kQuestion));
}

TEST(TurnState, PassesItsQuestionOn) {
  TurnState turn = asked();
  turn.pass_on();
  EXPECT_FALSE(turn.is_asked());
  EXPECT_TRUE(turn.has_passed_on(kQuestion));
  EXPECT_FALSE(turn.has_passed_on(kOther));
}

TEST(TurnState, HasNothingToPassOnWhenTheQuestionIsAnswered) {
  TurnState turn = asked();
  turn.answer(kQuestion);
  turn.pass_on();
  EXPECT_FALSE(turn.has_passed_on(kQuestion));
}

TEST(TurnState, GivesItsQuestionAwayOnce) {
  TurnState turn = asked();
  EXPECT_EQ(turn.take_question(), kQuestion);
  EXPECT_FALSE(turn.is_asked());
  EXPECT_DEATH((void)turn.take_question(), "is_asked");
}

TEST(TurnState, NamesItsChildrenTheSameInEachAttempt) {
  TurnState first = TurnState::of_message({.id = 5, .attempt = 1}, 100);
  TurnState second = TurnState::of_message({.id = 5, .attempt = 2}, 200);
  const std::uint64_t key = first.next_child_key(3);
  EXPECT_EQ(second.next_child_key(3), key);
  EXPECT_NE(first.next_child_key(3), key) << "the next child is another one";
  EXPECT_NE(TurnState::of_message({.id = 6}, 100).next_child_key(3), key) << "so is one of another turn";
}

TEST(TurnState, LacksWhatIsWorstAndNothingBetweenTwoTurns) {
  TurnState turn = asked();
  turn.lack(TurnState::Lack::TooLarge);
  turn.lack(TurnState::Lack::Memory);
  EXPECT_EQ(turn.lack(), TurnState::Lack::TooLarge);
  turn = TurnState();
  turn.lack(TurnState::Lack::Memory);
  EXPECT_EQ(turn.lack(), TurnState::Lack::None) << "there is nothing to undo";
}

TEST(TurnState, AnswersByItsBlockWhatFoundNoMemory) {
  TurnState turn = asked();
  EXPECT_FALSE(turn.answer_by_block(kQuestion)) << "it is not answered";
  turn.answer(kQuestion);
  EXPECT_FALSE(turn.answer_by_block(kOther));
  EXPECT_TRUE(turn.answer_by_block(kQuestion));
  EXPECT_TRUE(turn.is_answered_by_block());
  EXPECT_FALSE(turn.is_asked());
}

}  // namespace
}  // namespace buskin::runtime
