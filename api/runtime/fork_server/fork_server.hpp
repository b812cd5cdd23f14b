// ForkServer: the process of a program that is forked into actor processes.
//
// No user code, and one thread that acts: a Service. Signals (a child died, a child printed)
// and the watch of its deputy wake it.
//
//   admin --ForkActor--> fork server --fork--> actor process
//   admin <--ProcessEnded-- fork server <--SIGCHLD--
//
// Where the admin does not answer a death, its Deputy does.
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>

#include "api/runtime/client/service.hpp"
#include "api/runtime/host/host.hpp"
#include "api/runtime/fork_server/actor_process.hpp"
#include "api/runtime/fork_server/deputy.hpp"
#include "api/runtime/launch/log_file.hpp"
#include "api/runtime/launch/output_pipe.hpp"
#include "api/runtime/fork_server/standby.hpp"
#include "system_generated.h"

namespace buskin::runtime {

class ForkServer {
 public:
  /// Throws std::runtime_error with a sentence when the system cannot be joined.
  ForkServer(const SystemPaths& paths, std::uint64_t program, Standby& standby);
  ~ForkServer();
  ForkServer(const ForkServer&) = delete;
  ForkServer& operator=(const ForkServer&) = delete;

  /// Until the admin ends it. Returns the exit code; in a forked child, that of the actor process.
  int run();

 private:
  struct Child {
    ActorOrder order;
    OutputPipe output;
  };

  void serve_messages();
  void register_program();
  void fork_asked(const protocol::ForkActor& asked);
  void was_registered(const protocol::Registered& answer);
  void register_again();
  void fork_actor(ActorOrder order);
  pid_t fork_alone();
  bool has_child(shm::ActorId actor) const;
  [[noreturn]] void become_actor(const ActorOrder& order, int output);
  void handle_signals();
  void reap();
  std::uint64_t act(std::uint64_t now_ns);
  void forward_output();
  void print(const ActorOrder& order, std::string_view line);
  void be_over();
  void tell_ended(const ActorOrder& order, pid_t pid, int status);

  SystemPaths paths_;
  std::uint64_t program_;
  Standby& standby_;
  LogFile log_;
  std::unique_ptr<Host> host_;
  Service service_;
  std::unique_ptr<Deputy> deputy_;
  std::map<pid_t, Child> children_;
  std::uint32_t signals_handled_ = 0;
  bool is_over_ = false;
};

/// The segment's path when the arguments say that this process is a fork server; else empty.
/// Without arguments the kernel's copy of them is read.
std::string served_segment(const int* argc, char** argv);

/// The life of a fork server. Does not return.
[[noreturn]] void serve(const std::string& segment, const int* argc, char** argv);

}  // namespace buskin::runtime
