// TimeLimit: ends the program when a step of a test does not end.
//
// The code under test repeats what others make fail. When it is broken it may repeat for ever, and the program would
// be ended from outside, minutes later and without a word.
#pragma once

#include <signal.h>
#include <unistd.h>

#include <cstring>

namespace buskin::test {

class TimeLimit {
 public:
  /// `step` is printed when its time is over; it must stay.
  TimeLimit(const char* step, unsigned seconds) {
    present_step = step;
    ::signal(SIGALRM, end_program);
    ::alarm(seconds);
  }
  TimeLimit(const TimeLimit&) = delete;
  TimeLimit& operator=(const TimeLimit&) = delete;
  ~TimeLimit() { ::alarm(0); }

 private:
  static inline const char* present_step = "";

  static void end_program(int /*signal*/) {
    static constexpr char kSentence[] = " does not end\n";
    (void)!::write(STDERR_FILENO, present_step, std::strlen(present_step));
    (void)!::write(STDERR_FILENO, kSentence, sizeof kSentence - 1);
    ::_exit(1);
  }
};

}  // namespace buskin::test
