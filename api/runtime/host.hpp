// Host: the Node of this process: its threads' records, its cells and their threads.
//
// Threads    each cell has a thread of its own.
// Sequential cells run on the thread of whoever waits, one step each in turn.
//
// Floor: runtime.
#pragma once

#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>
#include <unordered_map>
#include <vector>

#include "api/runtime/node.hpp"

namespace buskin::runtime {

class Cell;
class Client;

class Host final : public Node {
 public:
  Host(shm::Segment segment, const NodeOptions& options, std::unique_ptr<Spawner> spawner);
  ~Host() override;

  shm::Segment& segment() override { return segment_; }
  shm::Member& member() override { return *member_; }
  const NodeOptions& options() const override { return options_; }
  shm::Thread& thread() override;
  detail::Voice& client_voice() override;
  std::unique_ptr<detail::InboxImpl> open_inbox() override;
  Status host(shm::ActorId actor) override;
  std::size_t hosted_count() const override;
  void wait_until_unhosted() override;
  void stop(Duration deadline) override;
  void run_until_idle() override;

  /// Brings an actor to life whose slot is REQUESTED: here, or through the spawner.
  Status bring_to_life(shm::Thread& thread, shm::ActorId actor, const Birth& birth);
  bool is_sequential() const { return options_.base == Base::Sequential; }
  /// One step of every cell that has work. False when none had. Base Sequential only.
  bool run_round();
  /// Was this process forked from the one that joined?
  bool is_forked() const;

 private:
  struct Seat {  // What one thread has here.
    shm::Thread* thread = nullptr;
    std::unique_ptr<Client> client;
  };
  struct Hosted {
    std::unique_ptr<Cell> cell;
    std::thread thread;
    bool ended = false;  ///< Its thread touches the cell no more.
  };
  Seat& seat();
  void leave_seat();
  void run_cell(Cell& cell);
  void bury_ended();

  NodeOptions options_;
  shm::Segment segment_;
  std::unique_ptr<shm::Member> member_;
  std::unique_ptr<Spawner> spawner_;
  std::uint64_t serial_;
  int forks_;
  mutable std::mutex mutex_;  // Guards what follows; taken at births, ends and a thread's first use.
  std::condition_variable unhosted_;
  std::unordered_map<std::thread::id, Seat> seats_;
  std::vector<Hosted> cells_;
  std::size_t living_ = 0;
  std::mt19937_64 order_;
};

}  // namespace buskin::runtime
