// seats: see seats.hpp.
#include "api/runtime/client/client_threads.hpp"

#include <vector>

namespace buskin::runtime {

namespace {

struct Leaver {
  std::vector<std::weak_ptr<ThreadRegistry>> books;
  ~Leaver() {
    for (const auto& weak : books) {
      if (const auto book = weak.lock(); book != nullptr) book->leave();
    }
  }
};

}  // namespace

ThreadRegistry::ClientThread& ThreadRegistry::take() {
  const std::lock_guard lock(mutex_);
  ClientThread& client_thread = client_threads_[std::this_thread::get_id()];
  if (client_thread.thread == nullptr) {
    const auto leased = member_->lease_thread();
    if (!leased.ok()) detail::unwrap_failed(Error(Code::NoMemory, "the table of threads is full"));
    client_thread.thread = leased.value();
  }
  return client_thread;
}

void ThreadRegistry::leave(ClientThread& client_thread) {
  client_thread.client.reset();
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

void leave_at_thread_end(const std::shared_ptr<ThreadRegistry>& book) {
  thread_local Leaver leaver;
  leaver.books.push_back(book);
}

}  // namespace buskin::runtime
