// OutputBuffer: what was read of a process's output and has not become lines, in memory that outlives the process.
//
//   state   begin and end of the waiting bytes, one word
//   bytes   behind `end` all are zero
//
// The process reads its own output into it; when it was killed, its fork server finds in it what had been taken out
// of the pipe. Bytes that the kernel had copied when the process died, before `end` was written, are found by not
// being zero. Read and written by the process, and after its death by the fork server: never by both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace buskin::runtime {

class OutputBuffer {
 public:
  static constexpr std::size_t kBytes = 65'536;

  /// Without memory it is not there, and errno says why.
  OutputBuffer();
  OutputBuffer(OutputBuffer&& other) noexcept : memory_(std::exchange(other.memory_, nullptr)) {}
  OutputBuffer& operator=(OutputBuffer&& other) noexcept {
    std::swap(memory_, other.memory_);
    return *this;
  }
  ~OutputBuffer();

  bool is_there() const { return memory_ != nullptr; }
  /// Children that are forked from now on do not get it.
  void leave_out_of_forks();
  /// Reads once from `fd`, which does not block. False when there was nothing, or no room.
  bool read_from(int fd);
  std::string_view waiting() const;
  /// The first `bytes` of what waits have become lines.
  void consume(std::size_t bytes);
  /// After the death of the process that used it: adds what it had read and not yet counted.
  void recover();

 private:
  struct Memory;
  void make_room();

  Memory* memory_;
};

}  // namespace buskin::runtime
