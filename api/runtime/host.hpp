// Host: the Node of this process: its threads' records, its cells and who runs them.
//
//   a thread of its own   an actor process's actor; whoever asked for own_thread, Spin, cpus, realtime
//   SharedExecutor        all others of a process of several actors, and of base Threads
//   SequentialExecutor    base Sequential: the thread of whoever waits
//
// Floor: runtime.
#pragma once

#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include "api/runtime/node.hpp"
#include "api/runtime/seats.hpp"
#include "api/runtime/type_book.hpp"
#include "api/runtime/waits.hpp"

namespace buskin::runtime {

class Cell;
class Executor;
class SequentialExecutor;

class Host final : public Node {
 public:
  Host(shm::Segment segment, const NodeOptions& options, std::unique_ptr<Spawner> spawner);
  ~Host() override;

  shm::Segment& segment() override { return segment_; }
  shm::Member& member() override { return *member_; }
  const NodeOptions& options() const override { return options_; }
  shm::Thread& thread() override { return *seat().thread; }
  detail::Voice& client_voice() override;
  std::unique_ptr<detail::InboxImpl> open_inbox() override;
  Status host(shm::ActorId actor) override;
  std::size_t hosted_count() const override;
  void wait_until_unhosted() override;
  void stop(Duration deadline) override;
  void run_until_idle() override;

  /// Brings an actor to life whose slot is REQUESTED: here, or through the spawner.
  Status bring_to_life(shm::Thread& thread, shm::ActorId actor, const Birth& birth);
  /// For births; see Spawner.
  shm::ActorId output() const { return spawner_ == nullptr ? shm::ActorId{} : spawner_->output(); }
  /// The same as an entry of a turn's journal, of an actor whose slot is RESERVED. When the turn is committed and
  /// the slot is still REQUESTED by this process, bring_to_life() follows.
  shm::Staged prepare_to_live(shm::Thread& thread, shm::ActorId actor, const Birth& birth);
  bool is_sequential() const { return options_.base == Base::Sequential; }
  /// One step of every cell that has work. False when none had, and inside a turn. Base Sequential only.
  bool run_round();
  /// Was this process forked from the one that joined?
  bool is_forked() const;
  TypeBook& types() { return types_; }
  WaitGraph& waits() { return waits_; }
  /// The calling thread, one of ours, ends.
  void leave_seat();
  /// A cell is gone.
  void count_gone();

 private:
  struct Own {  // An actor with a thread of its own.
    std::unique_ptr<Cell> cell;
    std::thread thread;
    bool ended = false;  ///< Its thread touches the cell no more.
  };
  SeatBook::Seat& seat();
  bool wants_thread(const Birth& birth) const;
  bool is_for_here(const Birth& birth) const {
    return spawner_ == nullptr || birth.options.place.kind == Place::Kind::Here;
  }
  void note_type(shm::ActorId actor, const Birth& birth);
  void run_own(Own& own, const RunOptions& run);
  Status add_own(std::unique_ptr<Cell> cell, const RunOptions& run);
  Status add_shared(std::unique_ptr<Cell> cell);
  void bury_ended();

  NodeOptions options_;
  shm::Segment segment_;
  TypeBook types_;
  WaitGraph waits_;
  std::unique_ptr<shm::Member> member_;
  std::unique_ptr<Spawner> spawner_;
  std::uint64_t serial_;
  int forks_;
  std::shared_ptr<SeatBook> seats_;
  mutable std::mutex mutex_;  // Guards what follows; taken at births and ends.
  std::condition_variable unhosted_;
  std::list<Own> own_;
  std::unique_ptr<Executor> executor_;  // Made with the first cell that shares.
  SequentialExecutor* sequential_ = nullptr;
  shm::Thread* bell_ = nullptr;
  std::size_t living_ = 0;
};

}  // namespace buskin::runtime
