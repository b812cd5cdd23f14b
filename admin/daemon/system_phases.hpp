// SystemPhases: how long the system goes on, and in which steps it ends.
//
//             not used for the linger time
//   Running ---------------------------------> Ending ----> Over
//      |                                         ^
//      +-- stop() --> Stopping ------------------+
//                     (actors end)           (fork servers end)
//
// A state machine without hands: tick() says what has to be done, Shutdown does it and says
// how it went. Time and all other facts are arguments.
#pragma once

#include <cstdint>

namespace buskin::admin {

class SystemPhases {
 public:
  enum class Phase : std::uint8_t { Running, Stopping, Ending, Over };
  enum class Step : std::uint8_t {
    Wait,
    BeginEnding,  ///< Nobody may join from now on; answer with begin_ending() or keep_running().
    KillActors,   ///< Their deadline is over.
    KillAll,      ///< So is that of the fork servers.
    Leave,        ///< Nothing is left but files; answer with end() or stay_for_files().
  };
  struct Decision {
    Step step = Step::Wait;
    std::uint64_t next_ns = 0;  ///< When to ask again, if nothing happens before.
  };

  SystemPhases(std::uint64_t linger_ns, bool is_staying) : linger_ns_(linger_ns), is_staying_(is_staying) {}

  Phase phase() const { return phase_; }
  bool is_running() const { return phase_ == Phase::Running; }
  bool is_over() const { return phase_ == Phase::Over; }
  /// Does the system go on without use, until it is stopped?
  bool is_staying() const { return is_staying_; }
  void set_staying() { is_staying_ = true; }

  /// All actors have to end by `deadline_ns`. False when that was asked for before: then the earlier deadline holds.
  bool stop(std::uint64_t deadline_ns);
  /// `is_occupied`: is anybody there whom the present phase waits for? Users while Running, actors while
  /// Stopping, processes of programs while Ending.
  Decision tick(std::uint64_t now_ns, bool is_occupied);

  void begin_ending(std::uint64_t now_ns);
  /// Somebody came while the end began.
  void keep_running();
  /// The files cannot be removed now. False: do without.
  bool may_wait_for_files(std::uint64_t now_ns) const;
  void end();

 private:
  Decision tick_running(std::uint64_t now_ns, bool is_used);
  Decision tick_ending(Step kill, Step then, std::uint64_t now_ns, bool is_occupied);

  std::uint64_t linger_ns_;
  bool is_staying_;
  Phase phase_ = Phase::Running;
  std::uint64_t idle_since_ns_ = 0;  ///< 0 while the system is used.
  std::uint64_t deadline_ns_ = 0;    ///< Of the present phase.
  bool was_used_ = false;            ///< Somebody has joined.
  bool is_killing_ = false;          ///< The deadline of this phase is over, and what is left is being killed.
};

}  // namespace buskin::admin
