// Node: this process's membership in a system, as all of the runtime sees it.
//
// Cells, endpoints, clients and executors know a Node. Host, which is above them, implements what needs them: which
// thread runs an actor, and which record a thread has.
//
//   ActorSystem (client) --+
//   actor process ---------+--> Host : Node --> Member, Segment, types
//   buskin-admin ----------+
#pragma once

#include <memory>
#include <string>

#include "api/runtime/node/loss_log.hpp"
#include "api/runtime/node/node_mark.hpp"
#include "api/runtime/node/spawner.hpp"
#include "api/runtime/node/system_stop.hpp"
#include "api/runtime/node/type_registry.hpp"
#include "buskin/options.hpp"
#include "shm/mailbox/wake.hpp"
#include "shm/recovery/member.hpp"

namespace buskin::runtime {

struct NodeOptions {
  Base base = Base::Threads;
  shm::Role role = shm::Role::Client;
  std::string title;         ///< For `buskin ps`.
  std::string lock_path;     ///< Empty for private segments.
  std::string system_name;
  std::uint64_t program = 0;  ///< Hash of this binary's build id.
  std::uint64_t seed = 0;
  std::uint64_t message_max = 0;
  std::uint64_t look_ns = shm::kSleepMax_ns;  ///< Between two looks of an executor for mail without a kick.
};

class Node {
 public:
  virtual ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  shm::Segment& segment() { return segment_; }
  shm::Member& member() { return *member_; }
  const NodeOptions& options() const { return options_; }
  TypeRegistry& types() { return types_; }
  LossLog& losses() { return losses_; }
  bool is_sequential() const { return options_.base == Base::Sequential; }
  /// True in a process that was forked from the one that joined. Such a process never destroys the node:
  /// keep_for_ever().
  bool is_forked() const { return presence_.is_forked(); }
  /// For handles that may outlive the node.
  NodeMark mark() const { return presence_.mark(); }
  std::uint64_t system_id() const { return system_id_; }
  const SystemStop& system_stop() const { return system_stop_; }

  /// Starts an actor whose slot is REQUESTED: here, or through the spawner.
  Status start_actor(shm::Thread& thread, shm::ActorId actor, const ActorSpec& spec);
  /// Makes the same an entry of a turn's journal, for an actor whose slot is RESERVED and has its spec. When the turn
  /// is committed and the slot is still REQUESTED by this process, the caller calls start_actor().
  shm::Staged stage_start(shm::Thread& thread, shm::ActorId actor, const ActorSpec& spec);
  /// The client that shows the output of actors that start in other processes; see Spawner.
  std::uint64_t console() const { return spawner_ == nullptr ? 0 : spawner_->console(); }

  /// The calling thread's record; leased at first use, returned when the thread ends.
  virtual shm::Thread& thread() = 0;
  /// Runs `actor` (REQUESTED or NOTIFIED), which has this spec, in this process, on the executor that its run options
  /// choose: INIT, constructor, ACTIVE, and the answer to the creator. An actor that fails to start is closed with its
  /// reason.
  virtual Status host(shm::ActorId actor, const ActorSpec& spec) = 0;
  /// Base Sequential: runs one step of every cell that has work. False when no cell had, inside a turn, and on any
  /// other base.
  virtual bool run_round() = 0;
  /// Base Sequential: runs cells until nothing is ready. Returns at once on any other base.
  virtual void run_until_idle() = 0;
  /// The calling thread, of the runtime, allocates nothing until it runs a cell again.
  virtual void park_thread() = 0;
  /// Returns the record of the calling thread, which is a thread of the runtime and ends.
  virtual void leave_thread() = 0;
  /// Counts a cell of this process that is gone.
  virtual void count_gone() = 0;

 protected:
  /// Joins the system of `segment`. Throws std::runtime_error with a sentence.
  Node(shm::Segment segment, const NodeOptions& options, std::unique_ptr<Spawner> spawner);
  SystemStop system_stop_;

 private:
  bool is_for_here(const ActorSpec& spec) const {
    return spawner_ == nullptr || spec.options.place.kind == Place::Kind::Here;
  }
  void note_type(shm::ActorId actor, const ActorSpec& spec);

  NodeOptions options_;
  NodePresence presence_;
  shm::Segment segment_;
  std::uint64_t system_id_;  // A copy, for a process that does not have the segment.
  TypeRegistry types_;
  LossLog losses_;
  std::unique_ptr<shm::Member> member_;
  std::unique_ptr<Spawner> spawner_;
};

}  // namespace buskin::runtime
