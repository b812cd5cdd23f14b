// ThreadRegistry: the threads of this process that use the system. Each has a thread record; one that asks or
// creates as a client has an endpoint too.
//
// A thread enters at its first use of the system and leaves when it ends. In a forked child no thread leaves: what is
// here is the parent's.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "api/runtime/client/client.hpp"
#include "api/runtime/node/fork_mark.hpp"

namespace buskin::runtime {

/// The Host of which the calling thread remembers its ClientThread, by serial number; 0 for none. A thread that has
/// left remembers none: an object of the program may still act when the thread's own objects are destroyed.
inline constinit thread_local std::uint64_t remembered_host = 0;

class ThreadRegistry {
 public:
  struct ClientThread {
    shm::Thread* thread = nullptr;
    std::unique_ptr<Client> client;
    bool is_leaving = false;  ///< A thread ends the client just now, and then takes this out.
  };

  explicit ThreadRegistry(shm::Member& member) : member_(&member) {}

  /// What the calling thread has; it enters when it is new. Ends the program with a sentence when the table of
  /// threads is full.
  ClientThread& take();
  /// `mine` is the calling thread, which has no client yet.
  void give(ClientThread& mine, std::unique_ptr<Client> client);
  /// The calling thread, if it is here, parks its heap.
  void park();
  /// The calling thread leaves.
  void leave();
  enum class Who : std::uint8_t {
    Clients,  ///< A thread of the runtime keeps its record: it may run cells until they have ended.
    All,
  };
  /// These threads leave; one that waits for mail returns first.
  void leave_all(Who who);
  /// The same, for the last time. A thread that ends later leaves nothing.
  void close();
  /// Wakes the threads that wait for mail, so that they look at what else has happened.
  void wake_clients();

 private:
  void take_out(std::unique_lock<std::mutex>& lock, std::thread::id id, Code why);

  ForkMark forks_;
  std::mutex mutex_;                 // Guards what follows. Not held while a client ends: it may call take().
  std::condition_variable has_left_;  // One was taken out.
  shm::Member* member_;
  std::unordered_map<std::thread::id, ClientThread> client_threads_;
};

/// The calling thread leaves `registry` when it ends.
void leave_at_thread_end(const std::shared_ptr<ThreadRegistry>& registry);

}  // namespace buskin::runtime
