// ChildProcesses: by process number.
#include "api/runtime/fork_server/child_processes.hpp"

#include <algorithm>
#include <utility>

#include "shm/base/check.hpp"

namespace buskin::runtime {

void ChildProcesses::add(pid_t pid, const ForkSpec& spec, OutputPipe output) {
  BUSKIN_CHECK(pid > 0 && output.fd() >= 0);
  output.leave_out_of_forks();
  const bool is_new = processes_.emplace(pid, Child{spec, std::move(output)}).second;
  BUSKIN_CHECK(is_new);  // A process number is used again only after wait(), and then remove() was called.
}

std::optional<ForkSpec> ChildProcesses::remove(pid_t pid) {
  const auto found = processes_.find(pid);
  if (found == processes_.end()) return std::nullopt;
  ForkSpec spec = std::move(found->second.spec);
  found->second.output.finish([&](std::string_view line) { print_(spec, line); });
  processes_.erase(found);
  return spec;
}

bool ChildProcesses::has(shm::ActorId actor) const {
  return std::any_of(processes_.begin(), processes_.end(), [&](const auto& child) {
    const ForkSpec& spec = child.second.spec;
    return spec.actor == actor || std::find(spec.more.begin(), spec.more.end(), actor) != spec.more.end();
  });
}

std::vector<std::uint64_t> ChildProcesses::actor_words() const {
  std::vector<std::uint64_t> words;
  for (const auto& [pid, child] : processes_) words.push_back(child.spec.actor.word());
  return words;
}

}  // namespace buskin::runtime
