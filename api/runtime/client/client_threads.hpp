// Seats: what each thread of this process has here: a thread record, and a voice as a client.
//
// A thread takes its seat at first use and leaves it when it ends.
#pragma once

#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "api/runtime/client/client.hpp"

namespace buskin::runtime {

class ThreadRegistry {
 public:
  struct ClientThread {
    shm::Thread* thread = nullptr;
    std::unique_ptr<Client> client;
  };

  explicit ThreadRegistry(shm::Member& member) : member_(&member) {}

  /// The calling thread's. Ends the program when the table of threads is full.
  ClientThread& take();
  /// The calling thread leaves.
  void leave();
  /// All leave; later ends of threads do nothing.
  void close();

 private:
  void leave(ClientThread& client_thread);

  std::mutex mutex_;  // Guards what follows.
  shm::Member* member_;
  std::unordered_map<std::thread::id, ClientThread> client_threads_;
};

/// The calling thread leaves `book` when it ends.
void leave_at_thread_end(const std::shared_ptr<ThreadRegistry>& book);

}  // namespace buskin::runtime
