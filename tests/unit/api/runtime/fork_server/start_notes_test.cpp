// StartNotes: a sentence comes from a process that has ended, once.
#include "api/runtime/fork_server/start_notes.hpp"

#include <gtest/gtest.h>

#include "tests/support/scratch.hpp"

namespace buskin::runtime {
namespace {

/// Runs `body` in a process. Returns its number after its end.
pid_t ended(const std::function<void()>& body) {
  test::Child child([&] {
    body();
    return 0;
  });
  const pid_t pid = child.pid();
  EXPECT_EQ(child.wait(), 0);
  return pid;
}

TEST(StartNotes, BringTheSentenceOfAProcessOnce) {
  StartNotes notes;
  const pid_t pid = ended([&] { notes.write("no descriptor"); });
  EXPECT_EQ(notes.take(pid + 64), "") << "a process of the same place";
  EXPECT_EQ(notes.take(pid), "no descriptor");
  EXPECT_EQ(notes.take(pid), "") << "the number is used again";
}

TEST(StartNotes, CutALongSentence) {
  StartNotes notes;
  const pid_t pid = ended([&] { notes.write(std::string(5'000, 'x')); });
  EXPECT_EQ(notes.take(pid), std::string(507, 'x'));
}

}  // namespace
}  // namespace buskin::runtime
