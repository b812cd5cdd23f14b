// SystemPhases: decides how long the system runs, and in which steps it ends.
//
//             unused for the linger time
//   Running ---------------------------------> Ending ----> Over
//      |                                         ^
//      +-- stop() --> Stopping ------------------+
//                     (actors end)           (fork servers end)
//
// A state machine without side effects: tick() says what has to be done, Shutdown does it and reports how it
// went. Time and all other facts are arguments.
#pragma once

#include <cstdint>

namespace buskin::admin {

class SystemPhases {
 public:
  enum class Phase : std::uint8_t { Running, Stopping, Ending, Over };
  enum class Step : std::uint8_t {
    Wait,
    BeginEnding,  ///< No process may join any more; call begin_ending() or keep_running() next.
    KillActors,   ///< The actors did not end before the deadline.
    KillAll,      ///< The fork servers did not end before the deadline.
    Leave,        ///< Only the files are left; call end() when they are removed.
  };
  struct Decision {
    Step step = Step::Wait;
    std::uint64_t next_ns = 0;  ///< When to call tick() again, unless something happens before.
  };

  SystemPhases(std::uint64_t linger_ns, bool is_staying) : linger_ns_(linger_ns), is_staying_(is_staying) {}

  Phase phase() const { return phase_; }
  bool is_running() const { return phase_ == Phase::Running; }
  bool is_over() const { return phase_ == Phase::Over; }
  /// Does the system run without use until it is stopped?
  bool is_staying() const { return is_staying_; }
  void set_staying() { is_staying_ = true; }

  /// Gives all actors until `deadline_ns` to end. False when the system is ending already: then the earlier deadline
  /// holds.
  bool stop(std::uint64_t deadline_ns);
  /// `is_occupied`: is there anything that the present phase waits for? Running waits for users, Stopping for actors,
  /// Ending for processes of programs.
  Decision tick(std::uint64_t now_ns, bool is_occupied);

  void begin_ending(std::uint64_t now_ns);
  /// A client joined while the end began.
  void keep_running();
  /// May the removal of the files be tried again later?
  bool may_wait_for_files(std::uint64_t now_ns) const;
  void end();

 private:
  Decision tick_running(std::uint64_t now_ns, bool is_used);
  Decision tick_ending(Step kill, Step then, std::uint64_t now_ns, bool is_occupied);

  std::uint64_t linger_ns_;
  bool is_staying_;
  Phase phase_ = Phase::Running;
  std::uint64_t idle_since_ns_ = 0;  ///< 0 while the system is used.
  std::uint64_t deadline_ns_ = 0;    ///< When the present phase has to be over.
  bool was_used_ = false;            ///< A client has joined.
  bool is_killing_ = false;          ///< The deadline is over, and the remaining processes are being killed.
};

}  // namespace buskin::admin
