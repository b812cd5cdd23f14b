// ThreadRegistry: a map, and what a thread does when it ends.
#include "api/runtime/client/thread_registry.hpp"

#include <unistd.h>

#include <vector>

#include "shm/base/check.hpp"

namespace buskin::runtime {

namespace {

struct Leaver {
  std::vector<std::weak_ptr<ThreadRegistry>> registries;
  pid_t pid = ::getpid();
  ~Leaver() {
    if (pid != ::getpid()) return;  // A child of fork() that exits: the records belong to its parent.
    for (const auto& weak : registries) {
      if (const auto registry = weak.lock(); registry != nullptr) registry->leave();
    }
  }
};

}  // namespace

ThreadRegistry::ClientThread& ThreadRegistry::take() {
  const std::lock_guard lock(mutex_);
  BUSKIN_CHECK(member_ != nullptr);  // The system is there as long as a thread uses it.
  ClientThread& client_thread = client_threads_[std::this_thread::get_id()];
  if (client_thread.thread == nullptr) {
    const auto leased = member_->lease_thread();
    if (!leased.ok()) detail::unwrap_failed(Error(Code::NoMemory, "the table of threads is full"));
    client_thread.thread = leased.value();
  }
  return client_thread;
}

void ThreadRegistry::leave(ClientThread& client_thread) {
  BUSKIN_CHECK(client_thread.thread != nullptr);
  client_thread.client.reset();  // It sends its last words by the record.
  member_->return_thread(client_thread.thread);
}

void ThreadRegistry::leave() {
  const std::lock_guard lock(mutex_);
  const auto found = client_threads_.find(std::this_thread::get_id());
  if (member_ == nullptr || found == client_threads_.end()) return;
  leave(found->second);
  client_threads_.erase(found);
}

void ThreadRegistry::close() {
  const std::lock_guard lock(mutex_);
  for (auto& [id, client_thread] : client_threads_) leave(client_thread);
  client_threads_.clear();
  member_ = nullptr;
}

void leave_at_thread_end(const std::shared_ptr<ThreadRegistry>& registry) {
  thread_local Leaver leaver;
  leaver.registries.push_back(registry);
}

}  // namespace buskin::runtime
