// ThreadRegistry: a map, and what a thread does when it ends.
#include "api/runtime/client/thread_registry.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "shm/base/check.hpp"

namespace buskin::runtime {

namespace {

/// The calling thread destroys its objects, and has left. A record that it takes after that goes back with its system.
constinit thread_local bool has_left = false;

constexpr int kLeaseTries = 200;
constexpr auto kLeasePause = std::chrono::milliseconds(10);

/// A dead process gives its records back when it is repaired.
shm::Thread* lease_patiently(shm::Member& member) {
  for (int tries = 0; tries < kLeaseTries; ++tries) {
    if (const auto leased = member.lease_thread(); leased.ok()) return leased.value();
    std::this_thread::sleep_for(kLeasePause);
  }
  detail::unwrap_failed(Error(Code::NoMemory, "there is no record for one more thread"));
}

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
    client_thread.thread = lease_patiently(*member_);
  }
  return client_thread;
}

void ThreadRegistry::park() {
  const std::lock_guard lock(mutex_);
  const auto found = client_threads_.find(std::this_thread::get_id());
  if (found == client_threads_.end() || found->second.is_leaving) return;
  if (found->second.thread != nullptr) found->second.thread->heap().park();
}

void ThreadRegistry::give(ClientThread& mine, std::unique_ptr<Client> client) {
  const std::lock_guard lock(mutex_);
  BUSKIN_CHECK(mine.client == nullptr);
  mine.client = std::move(client);
}

void ThreadRegistry::take_out(std::unique_lock<std::mutex>& lock, std::thread::id id, Code why) {
  ClientThread& leaving = client_threads_.at(id);
  BUSKIN_CHECK(leaving.thread != nullptr && !leaving.is_leaving);
  leaving.is_leaving = true;
  if (std::unique_ptr<Client> client = std::move(leaving.client); client != nullptr) {
    lock.unlock();
    client->end(why);  // It sends its last words by the record.
    // The handler of listen() may end the system: listen() goes on when it returns.
    if (client->is_showing()) keep_for_ever(std::move(client));
    client.reset();
    lock.lock();
  }
  member_->return_thread(leaving.thread);
  client_threads_.erase(id);
  remembered_host = 0;  // The calling thread may have looked at its own entry meanwhile.
  has_left_.notify_all();
}

void ThreadRegistry::leave() {
  remembered_host = 0;
  if (forks_.is_forked()) return;
  std::unique_lock lock(mutex_);
  const std::thread::id id = std::this_thread::get_id();
  const auto is_taken_out = [&] {
    const auto found = client_threads_.find(id);
    return found == client_threads_.end() || !found->second.is_leaving;
  };
  has_left_.wait(lock, is_taken_out);  // Ends: close() takes out what it has begun with.
  if (member_ != nullptr && client_threads_.contains(id)) take_out(lock, id, Code::WrongUse);
}

void ThreadRegistry::leave_all(Who who) {
  std::unique_lock lock(mutex_);
  const auto is_meant = [&](const ClientThread& one) {
    return who == Who::All || one.client != nullptr || one.is_leaving;
  };
  // Ends: each turn takes one out, or waits for a thread that leaves by itself just now. No new ones come.
  for (;;) {
    const auto next = std::find_if(client_threads_.begin(), client_threads_.end(), [&](const auto& entry) {
      return is_meant(entry.second) && !entry.second.is_leaving;
    });
    if (next != client_threads_.end()) {
      take_out(lock, next->first, Code::ShuttingDown);
    } else if (std::any_of(client_threads_.begin(), client_threads_.end(),
                           [&](const auto& entry) { return is_meant(entry.second); })) {
      has_left_.wait(lock);
    } else {
      return;
    }
  }
}

void ThreadRegistry::close() {
  leave_all(Who::All);
  const std::lock_guard lock(mutex_);
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
