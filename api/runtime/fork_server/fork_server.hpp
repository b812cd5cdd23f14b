// ForkServer: the process of a program that is forked into actor processes.
//
// No user code, and one thread that acts: a Service. SIGCHLD and the watch of its deputy wake it.
//
//   admin --ForkActor--> fork server --fork--> actor process
//   admin <--ProcessEnded-- fork server <--SIGCHLD--
//
// Where the admin does not answer a death, its ForkServerDeputy does.
#pragma once

#include <sys/types.h>

#include <memory>

#include "api/runtime/client/service.hpp"
#include "api/runtime/fork_server/child_signals.hpp"
#include "api/runtime/fork_server/child_processes.hpp"
#include "api/runtime/fork_server/fork_server_deputy.hpp"
#include "api/runtime/fork_server/fork_spec.hpp"
#include "api/runtime/fork_server/standby.hpp"
#include "api/runtime/fork_server/start_notes.hpp"
#include "api/runtime/host/host.hpp"
#include "api/runtime/launch/log_file.hpp"
#include "api/runtime/log/process_log.hpp"
#include "system_generated.h"

namespace buskin::runtime {

class ForkServer {
 public:
  /// Throws std::runtime_error with a sentence when the system cannot be joined.
  ForkServer(const SystemPaths& paths, std::uint64_t program, Standby& standby);
  ~ForkServer();
  ForkServer(const ForkServer&) = delete;
  ForkServer& operator=(const ForkServer&) = delete;

  /// Serves until the admin ends it. Returns the exit code; in a forked child, that of the actor process.
  int run();

 private:
  void add_handlers();
  void register_program();
  void was_registered(const protocol::Registered& answer);
  void register_again();
  void fork_asked(const protocol::ForkActor& asked);
  void fork_actor(ForkSpec spec);
  pid_t fork_alone();
  [[noreturn]] void become_actor(const ForkSpec& spec, const ActorSpec& actor, OutputPipe output, int writing_end);
  void handle_signals();
  void collect_children();
  std::uint64_t act(std::uint64_t now_ns);
  void leave_to_others();
  void report_ended(const ForkSpec& spec, pid_t pid, int status);
  void report_not_forked(const ForkSpec& spec, int fault) { report_ended(spec, 0, -fault); }
  void report_refused(const ForkSpec& spec, int fault);
  void refuse(const ForkSpec& spec, const std::string& why);

  SystemPaths paths_;
  std::uint64_t program_;
  Standby& standby_;
  LogFile log_;
  std::unique_ptr<Host> host_;
  Service service_;
  ChildSignals signals_;
  StartNotes notes_;
  ProcessLog lines_;  ///< What dead children left.
  ChildProcesses children_;
  std::unique_ptr<ForkServerDeputy> deputy_;
  std::uint64_t register_at_ns_ = shm::kNever_ns;  ///< When to register again.
  bool is_over_ = false;
};

}  // namespace buskin::runtime
