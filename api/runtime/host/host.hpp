// Host: this process's Node with what runs in it: thread records, cells and executors.
//
//   a thread of its own   the actor of an actor process; actors with own_thread, Idle::Spin, cpus or realtime
//   SharedExecutor        all other actors of a shared process, and of base Threads
//   SequentialExecutor    base Sequential: actors run on the threads that wait for them
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

#include "api/runtime/client/inbox_registry.hpp"
#include "api/runtime/client/thread_registry.hpp"
#include "api/runtime/node/node.hpp"
#include "api/runtime/schedule/sequential_executor.hpp"
#include "buskin/inbox.hpp"
#include "shm/base/clock.hpp"

namespace buskin::runtime {

class Host final : public Node {
 public:
  /// Joins the system of `segment`. Throws std::runtime_error with a sentence. Without a spawner it hosts every actor.
  Host(shm::Segment segment, const NodeOptions& options, std::unique_ptr<Spawner> spawner);
  ~Host() override;

  shm::Thread& thread() override { return *client_thread().thread; }
  /// Hosts the actor. In a process with other actors, one that has started before and finds no memory or thread waits
  /// for it, see retry_postponed(); the others get NoMemory or StartFailed.
  Status host(shm::ActorId actor, const ActorSpec& spec) override;
  /// Takes what a process of actors needs, before it has one; a shared one needs a ready map. False: no memory.
  bool take_means(bool is_shared);
  /// Tries to host those that wait for memory. Returns when to call it again.
  std::uint64_t retry_postponed(std::uint64_t now_ns);
  bool run_round() override { return sequential_ != nullptr && !in_turn() && sequential_->run_round(); }
  void run_until_idle() override;
  void park_thread() override;
  void leave_thread() override;
  void count_gone() override;

  /// The endpoint of the calling thread.
  Client& client();
  /// A mailbox beside it. It may outlive this. Throws std::runtime_error when there is no memory for it.
  std::unique_ptr<detail::InboxImpl> open_inbox();
  /// The system has stopped: each client and each inbox shows SystemStopped. Any thread.
  void announce_stop(std::string_view reason);
  /// The clients of all threads end, and their inboxes; a call that waits returns first. The destructor does it too.
  void end_clients();
  /// The number of actors that this process hosts and that have not ended.
  std::size_t hosted_count() const;
  /// Those actors.
  std::vector<shm::ActorId> hosted() const;
  /// Calls `listener` each time the last of them has ended. Any thread calls it. Set before the first is hosted.
  void set_unhosted_listener(std::function<void()> listener);
  /// Ends all cells here: each gets exit(now). Returns when they are gone. Ends the process at the deadline, when a
  /// handler does not return.
  void stop(Duration deadline);

 private:
  struct Own {  // An actor with a thread of its own.
    std::unique_ptr<Cell> cell;
    std::thread thread;
    bool ended = false;  ///< Its thread does not use the cell any more.
  };
  struct Postponed {  // An actor that waits for memory. It counts as hosted.
    shm::ActorId actor;
    ActorSpec spec;
  };
  ThreadRegistry::ClientThread& client_thread();
  Status begin(shm::ActorId actor, const ActorSpec& spec);
  bool may_postpone(shm::ActorId actor);
  void postpone(shm::ActorId actor, const ActorSpec& spec);
  bool wants_thread(const ActorSpec& spec) const;
  void run_own(Own& own, const RunOptions& run);
  Status add_own(std::unique_ptr<Cell> cell, const RunOptions& run);
  Status make_executor();
  Status add_shared(std::unique_ptr<Cell> cell);
  void join_finished();
  void count_down();

  std::uint64_t serial_;
  std::shared_ptr<ThreadRegistry> client_threads_;
  std::shared_ptr<InboxRegistry> inboxes_ = std::make_shared<InboxRegistry>();
  mutable std::mutex mutex_;  // Guards what follows; taken when an actor starts or ends.
  std::condition_variable unhosted_;
  std::list<Own> own_;
  std::unique_ptr<Executor> executor_;  // Made with the first cell that has no thread of its own.
  SequentialExecutor* sequential_ = nullptr;
  shm::Thread* bell_ = nullptr;
  std::vector<Postponed> postponed_;
  std::uint64_t retry_at_ns_ = shm::kNever_ns;
  std::size_t living_ = 0;
  std::function<void()> unhosted_listener_;
};

}  // namespace buskin::runtime
