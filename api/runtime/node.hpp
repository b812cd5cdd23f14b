// Node: one process's share in a system: its membership, its cells, its executors.
//
// A base decides two things and nothing else: where the segment lives, and who
// brings a new actor to life (Spawner). Everything above is the same on all.
//
//   ActorSystem (client) --+
//   actor process ---------+--> Node --> Member, Segment
//   buskin-admin ----------+         --> cells on executors
//
// Floor: runtime.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "api/runtime/birth.hpp"
#include "buskin/actor_system.hpp"
#include "shm/segment/member.hpp"
#include "shm/segment/turn.hpp"

namespace buskin::runtime {

class Node;

/// Brings actors to life that do not run in the creator's process.
class Spawner {
 public:
  virtual ~Spawner() = default;
  /// The slot is RESERVED by us and its birth is written. Afterwards it is REQUESTED, or an error says why not.
  virtual Status spawn(Node& node, shm::Thread& thread, shm::ActorId actor, const Birth& birth) = 0;
  /// Whose mailbox prints the lines of those that it brings to life. None: nobody's.
  virtual shm::ActorId output() const { return {}; }
  /// The request for a turn's journal, when it can be a message. None: spawn() follows the commit.
  virtual std::optional<shm::Staged> prepare(Node&, shm::Thread&, shm::ActorId) { return std::nullopt; }
};

struct NodeOptions {
  Base base = Base::Threads;
  shm::Role role = shm::Role::Client;
  std::string title;         ///< For `buskin ps`.
  std::string lock_path;     ///< Empty for private segments.
  std::string system_name;
  std::uint64_t program = 0;  ///< Hash of this binary's build id.
  std::uint64_t seed = 0;
  std::uint64_t message_max = 0;
};

class Node {
 public:
  /// Joins the system of `segment`. Throws std::runtime_error with a sentence.
  static std::unique_ptr<Node> join(shm::Segment segment, const NodeOptions& options,
                                    std::unique_ptr<Spawner> spawner);
  virtual ~Node() = default;

  virtual shm::Segment& segment() = 0;
  virtual shm::Member& member() = 0;
  virtual const NodeOptions& options() const = 0;

  /// The calling thread's record; leased at first use, returned when the thread ends.
  virtual shm::Thread& thread() = 0;
  /// The calling thread's voice as a client.
  virtual detail::Voice& client_voice() = 0;
  virtual std::unique_ptr<detail::InboxImpl> open_inbox() = 0;

  /// Runs `actor` (REQUESTED or RESERVED) in this process: INIT, constructor, ACTIVE, on an executor by
  /// its run options; answers the creator. A birth that fails is closed with its reason.
  virtual Status host(shm::ActorId actor) = 0;
  /// Number of actors hosted here and not yet ended.
  virtual std::size_t hosted_count() const = 0;
  /// Waits until hosted_count() is 0, or a stop was asked for.
  virtual void wait_until_unhosted() = 0;
  /// Ends all cells here: each gets exit(now). Returns when they are gone or at the deadline.
  virtual void stop(Duration deadline) = 0;

  /// Base Sequential: runs cells until nothing is ready. Else returns at once.
  virtual void run_until_idle() = 0;
};

/// The two bases that live in one process.
std::unique_ptr<detail::SystemImpl> open_threads_system(const SystemOptions& options);
std::unique_ptr<detail::SystemImpl> open_sequential_system(const SystemOptions& options);

/// The actor types of this program, by id.
const detail::ActorInfo* find_actor_info(std::uint64_t id);
/// All of them, in a stable order.
std::vector<const detail::ActorInfo*> all_actor_infos();

/// In the place of a reply to `create`: the actor is born.
struct Born {
  static constexpr std::string_view kName = "buskin.Born";
  Address actor;
};

}  // namespace buskin::runtime
