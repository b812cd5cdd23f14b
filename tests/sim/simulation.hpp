// Simulation: several threads of the program, of which one runs at a time, and a seed decides which.
//
// Every access to an Atomic calls interleave(), which may go on with another of them. The same seed
// gives the same run, so a failure is its seed. They are fibers of one real thread: a step costs less
// than a microsecond.
//
// A seed also decides how often they change, from after each step to rarely, and now and then holds one of
// them back for some hundred steps: many a wrong algorithm needs one that is very late.
//
// Futexes are simulated too, and here they never time out: a thread that sleeps and is not woken sleeps for
// ever, and the run is stuck.
//
// Half of the seeds run with a weak memory (memory.hpp): a load may see an old value as far as the orders that
// the code asks for allow. The other half is sequentially consistent: a wrong algorithm shows there soonest.
//
// A thread that is killed leaves all that it stored: who hears of its death by has_ended() sees it.
#pragma once

#include <setjmp.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/sim/memory.hpp"

namespace buskin::sim {

class Simulation {
 public:
  /// `steps_max` bounds the run: more steps mean that nobody gets anywhere.
  Simulation(std::uint64_t seed, std::uint64_t steps_max);
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;
  ~Simulation();

  /// One more thread of the program.
  void add(std::function<void()> body);
  /// One that stops for ever after some of its steps, or not: stopped or killed, as the others are told.
  /// Nobody waits for its end. Returns its number, for has_ended().
  std::size_t add_stopping(std::function<void()> body, std::uint64_t steps_max);
  bool has_ended(std::size_t number);

  /// Runs all of them to their ends. False when they are stuck; then what they hold is lost, as the test is.
  bool run();
  /// What happened when run() said false.
  const std::string& why() const { return why_; }
  std::uint64_t steps_count() const { return steps_; }

  /// For interleave() and the futexes.
  void step();
  void sleep_on(const void* word);
  int wake(const void* word, int count);
  static Simulation* current();
  /// The memory of the running thread; null where the memory is not weak.
  Memory* memory() { return memory_ ? &*memory_ : nullptr; }
  std::size_t running() const;
  [[noreturn]] void fail(const std::string& why);
  std::uint64_t stale_count() const { return memory_ ? memory_->stale_count() : 0; }

 private:
  struct Fiber;

  static void enter();
  [[noreturn]] void go_to(Fiber* fiber);
  [[noreturn]] void finish();
  Fiber* choose();
  void switch_to_any();

  std::mt19937_64 random_;
  std::optional<Memory> memory_;
  std::uint64_t steps_max_;
  std::uint64_t change_every_;  // Steps between two changes, on average.
  std::uint64_t steps_ = 0;
  const Fiber* held_back_ = nullptr;
  std::uint64_t held_until_ = 0;
  std::vector<Fiber*> ready_;
  std::vector<std::unique_ptr<Fiber>> fibers_;
  Fiber* running_ = nullptr;
  jmp_buf home_{};
  std::string why_;
};

/// Schedules per simulation in a usual run; BUSKIN_SEEDS changes it.
std::uint64_t seeds_count();
/// The first seed: 0, or BUSKIN_SEED, to see one again.
std::uint64_t first_seed();

/// A plain access, for the check of races. No step.
void wrote(const void* place);
void read(const void* place);

/// Hands the turn to the others now and then, for a loop that waits for them.
void wait_a_step();

}  // namespace buskin::sim
