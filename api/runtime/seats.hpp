// Seats: what each thread of this process has here: a thread record, and a voice as a client.
//
// A thread takes its seat at first use and leaves it when it ends.
//
// Floor: runtime.
#pragma once

#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "api/runtime/client.hpp"

namespace buskin::runtime {

class SeatBook {
 public:
  struct Seat {
    shm::Thread* thread = nullptr;
    std::unique_ptr<Client> client;
  };

  explicit SeatBook(shm::Member& member) : member_(&member) {}

  /// The calling thread's. Ends the program when the table of threads is full.
  Seat& take();
  /// The calling thread leaves.
  void leave();
  /// All leave; later ends of threads do nothing.
  void close();

 private:
  void leave(Seat& seat);

  std::mutex mutex_;  // Guards what follows.
  shm::Member* member_;
  std::unordered_map<std::thread::id, Seat> seats_;
};

/// The calling thread leaves `book` when it ends.
void leave_at_thread_end(const std::shared_ptr<SeatBook>& book);

}  // namespace buskin::runtime
