// StartNotes: why a forked process could not host its actor, where its fork server reads it.
//
// A process that cannot map the segment, or has no descriptor for its lock, has no record by which it could send a
// message. So it writes a sentence into memory that it shares with its fork server. One note of 64 is its own, by its
// process number: two processes that fail at the same time and have the same one lose a sentence, nothing else.
//
// Threads: one in each process.
#pragma once

#include <sys/types.h>

#include <array>
#include <string>
#include <string_view>

namespace buskin::runtime {

class StartNotes {
 public:
  /// Without memory there are no notes.
  StartNotes();
  ~StartNotes();
  StartNotes(const StartNotes&) = delete;
  StartNotes& operator=(const StartNotes&) = delete;

  /// By the forked process, before it ends. A long sentence is cut.
  void write(std::string_view sentence);
  /// By the server, after the process `pid` has ended: its sentence; empty when it wrote none.
  std::string take(pid_t pid);

 private:
  struct Note {
    pid_t pid;
    std::array<char, 508> text;  ///< Ends with a 0.
  };
  static constexpr std::size_t kNotes = 64;

  Note* notes_ = nullptr;
};

}  // namespace buskin::runtime
