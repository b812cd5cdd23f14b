// ChildProcesses: one poll over the pipes of all of them.
#include "api/runtime/fork_server/child_processes.hpp"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "shm/base/check.hpp"

namespace buskin::runtime {

LineSink ChildProcesses::sink_of(const Child& child) const {
  return [this, &child](std::string_view line) { print_(child.spec, line); };
}

void ChildProcesses::add(pid_t pid, const ForkSpec& spec, int output, const std::string& name) {
  BUSKIN_CHECK(pid > 0 && output >= 0);
  const bool is_new = processes_.emplace(pid, Child{spec, OutputPipe(output, name)}).second;
  BUSKIN_CHECK(is_new);  // A process number is used again only after wait(), and then remove() was called.
}

std::optional<ForkSpec> ChildProcesses::remove(pid_t pid) {
  const auto found = processes_.find(pid);
  if (found == processes_.end()) return std::nullopt;
  found->second.output.finish(sink_of(found->second));
  ForkSpec spec = std::move(found->second.spec);
  processes_.erase(found);
  return spec;
}

bool ChildProcesses::forward_output() {
  std::vector<pollfd> pipes;
  std::vector<Child*> owners;
  for (auto& [pid, child] : processes_) {
    pipes.push_back({child.output.fd(), POLLIN, 0});
    owners.push_back(&child);
  }
  if (pipes.empty() || ::poll(pipes.data(), pipes.size(), 0) <= 0) return false;
  bool has_read = false;
  for (std::size_t i = 0; i < pipes.size(); ++i) {
    if ((pipes[i].revents & POLLIN) == 0) continue;
    owners[i]->output.read_lines(sink_of(*owners[i]));
    has_read = true;
  }
  return has_read;
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
