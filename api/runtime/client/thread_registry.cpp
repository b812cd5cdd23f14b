// ThreadRegistry: a map, and what a thread does when it ends.
#include "api/runtime/client/thread_registry.hpp"

#include <utility>
#include <vector>

#include "shm/base/check.hpp"

namespace buskin::runtime {

namespace {

/// The calling thread destroys its objects, and has left. A record that it takes after that goes back with its system.
constinit thread_local bool has_left = false;

struct Leaver {
  std::vector<std::weak_ptr<ThreadRegistry>> registries;
  ~Leaver() {
    has_left = true;
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

void ThreadRegistry::give(ClientThread& mine, std::unique_ptr<Client> client) {
  const std::lock_guard lock(mutex_);
  BUSKIN_CHECK(mine.client == nullptr);
  mine.client = std::move(client);
}

void ThreadRegistry::leave(ClientThread& client_thread, Code why) {
  BUSKIN_CHECK(client_thread.thread != nullptr);
  if (client_thread.client != nullptr) {
    client_thread.client->end(why);  // It sends its last words by the record.
    // The handler of listen() may end the system: listen() goes on when it returns.
    if (client_thread.client->is_showing()) keep_for_ever(std::move(client_thread.client));
    client_thread.client.reset();
  }
  member_->return_thread(client_thread.thread);
}

void ThreadRegistry::leave() {
  remembered_host = 0;
  if (forks_.is_forked()) return;
  const std::lock_guard lock(mutex_);
  const auto found = client_threads_.find(std::this_thread::get_id());
  if (member_ == nullptr || found == client_threads_.end()) return;
  leave(found->second, Code::WrongUse);
  client_threads_.erase(found);
}

void ThreadRegistry::close() {
  const std::lock_guard lock(mutex_);
  for (auto& [id, client_thread] : client_threads_) leave(client_thread, Code::ShuttingDown);
  client_threads_.clear();
  member_ = nullptr;
}

void ThreadRegistry::wake_clients() {
  const std::lock_guard lock(mutex_);
  for (auto& [id, client_thread] : client_threads_) {
    if (client_thread.client != nullptr) client_thread.client->wake();
  }
}

void leave_at_thread_end(const std::shared_ptr<ThreadRegistry>& registry) {
  if (has_left) return;
  thread_local Leaver leaver;
  leaver.registries.push_back(registry);
}

}  // namespace buskin::runtime
