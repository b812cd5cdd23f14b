// ActorOutput: what an actor process prints and logs, on its way into its ring.
//
//   context.log() ---------------------------> ring
//   printf, std::cout, std::cerr --pipe--> thread of this process --> ring
//
// So neither waits for another process. The pipe's other reader, the fork server, takes what is left when this process
// was killed.
#pragma once

#include <thread>

#include "api/runtime/launch/event_fd.hpp"
#include "api/runtime/launch/output_pipe.hpp"
#include "api/runtime/log/process_log.hpp"

namespace buskin::runtime {

class ActorOutput {
 public:
  /// `console` is the word of the MemberId of the client that shows the lines too; 0 for none. Throws
  /// std::runtime_error with a sentence when there is no thread or descriptor for it.
  ActorOutput(shm::Segment& segment, shm::ProcessIndex own, OutputPipe pipe, std::uint64_t console);
  ActorOutput(const ActorOutput&) = delete;
  ActorOutput& operator=(const ActorOutput&) = delete;
  /// Takes what was printed by now.
  ~ActorOutput();

 private:
  void run();

  ProcessLog log_;
  OutputPipe pipe_;
  std::uint64_t console_;
  LineSink take_;
  EventFd end_;
  std::thread thread_;
};

}  // namespace buskin::runtime
