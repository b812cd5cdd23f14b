// Error: a code and a sentence that go together wherever they are copied or moved.
#include "buskin/error.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace {

using buskin::Code;
using buskin::Error;
using buskin::Status;

TEST(Error, WithoutASentenceHasThatOfItsCode) {
  EXPECT_STREQ(Error(Code::NoMemory).what(), buskin::sentence_of(Code::NoMemory));
  EXPECT_STREQ(Error(Code::NoMemory, "").what(), buskin::sentence_of(Code::NoMemory));
}

TEST(Error, ACopyHasASentenceOfItsOwn) {
  Error copy;
  {
    const Error first(Code::BadName, "the name is too long");
    copy = first;
    EXPECT_STREQ(first.what(), "the name is too long");
  }
  EXPECT_EQ(copy.code(), Code::BadName);
  EXPECT_STREQ(copy.what(), "the name is too long");
  const Error& same = copy;
  copy = same;
  EXPECT_STREQ(copy.what(), "the name is too long");
}

TEST(Error, ACopyOfOneWithoutASentenceForgetsItsFormerOne) {
  Error error(Code::BadName, "the name is too long");
  error = Error(Code::TooBig);
  EXPECT_STREQ(error.what(), buskin::sentence_of(Code::TooBig));
}

TEST(Status, IsGoodWhenDoneOrStaged) {
  EXPECT_TRUE(Status().ok());
  EXPECT_TRUE(Status(Code::Staged).ok());
  EXPECT_TRUE(Status(Code::Staged).staged());
  EXPECT_FALSE(Status(Error(Code::System, "no")).ok());
}

}  // namespace
