// ChildProcesses: the living actor processes that a fork server forked, and what is left of their output.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/runtime/fork_server/fork_spec.hpp"
#include "api/runtime/launch/output_pipe.hpp"

namespace buskin::runtime {

class ChildProcesses {
 public:
  /// Gets each line that a dead child had printed and not taken itself. The child was forked for `spec`.
  using Print = std::function<void(const ForkSpec& spec, std::string_view line)>;

  explicit ChildProcesses(Print print) : print_(std::move(print)) {}

  /// The process `pid` was forked for `spec`. It takes its output itself, and this takes the rest.
  void add(pid_t pid, const ForkSpec& spec, OutputPipe output);
  /// The process `pid` is dead: prints what is left of its output. Returns what it was forked for; nothing when
  /// it is not one of these.
  std::optional<ForkSpec> remove(pid_t pid);

  bool is_empty() const { return processes_.empty(); }
  /// Was a living child forked for this actor, or with it?
  bool has(shm::ActorId actor) const;
  /// The words of the actors that the living children were forked for.
  std::vector<std::uint64_t> actor_words() const;

 private:
  struct Child {
    ForkSpec spec;
    OutputPipe output;
  };

  Print print_;
  std::map<pid_t, Child> processes_;
};

}  // namespace buskin::runtime
