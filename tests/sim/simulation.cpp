// simulation: see simulation.hpp. Takes the place of shm/os/futex.cpp in the library under test.
#include "tests/sim/simulation.hpp"

#include <setjmp.h>
#include <ucontext.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string_view>

#include "shm/base/atomic.hpp"
#include "shm/base/check.hpp"
#include "shm/os/futex.hpp"
#include "tests/support/chosen.hpp"

namespace buskin::sim {

namespace {

constexpr std::size_t kStackBytes = 256 * 1'024;
constexpr std::uint64_t kSeedsUsual = 2'000;
constexpr std::array<std::uint64_t, 4> kChangeEvery = {1, 2, 5, 15};
constexpr std::array<std::uint32_t, 3> kStaleOf8 = {1, 4, 7};
constexpr std::uint64_t kHoldEvery = 30;      // Changes until somebody is held back, on average.
constexpr std::uint64_t kHoldStepsMax = 1'000;

Simulation* in_progress = nullptr;

/// Stacks are used again by the next simulation, so that a seed costs no memory of its own.
std::vector<std::unique_ptr<std::byte[]>>& spare_stacks() {
  static std::vector<std::unique_ptr<std::byte[]>> stacks;
  return stacks;
}

}  // namespace

struct Simulation::Fiber {
  std::size_t number = 0;
  std::function<void()> body;
  std::unique_ptr<std::byte[]> stack;
  ucontext_t start{};  // For the first time that it runs; afterwards `place` is where it goes on.
  jmp_buf place{};
  bool has_started = false;
  const void* asleep_on = nullptr;
  bool is_done = false;
  std::uint64_t steps_left = ~std::uint64_t{0};  // Until it stops for ever.
};

Simulation::Simulation(std::uint64_t seed, std::uint64_t steps_max)
    : random_(seed), steps_max_(steps_max), change_every_(kChangeEvery[seed % kChangeEvery.size()]) {
  const std::uint64_t way = seed / kChangeEvery.size();
  if (way % 2 == 1 || std::getenv("BUSKIN_WEAKEN") != nullptr) {
    memory_.emplace(random_, kStaleOf8[way / 2 % kStaleOf8.size()]);
  }
}

Simulation::~Simulation() {
  for (const auto& fiber : fibers_) spare_stacks().push_back(std::move(fiber->stack));
}

Simulation* Simulation::current() { return in_progress; }

void Simulation::add(std::function<void()> body) {
  auto fiber = std::make_unique<Fiber>();
  fiber->number = fibers_.size();
  BUSKIN_CHECK(fiber->number < kThreadsMax);
  fiber->body = std::move(body);
  if (spare_stacks().empty()) spare_stacks().push_back(std::make_unique<std::byte[]>(kStackBytes));
  fiber->stack = std::move(spare_stacks().back());
  spare_stacks().pop_back();
  ::getcontext(&fiber->start);
  fiber->start.uc_stack.ss_sp = fiber->stack.get();
  fiber->start.uc_stack.ss_size = kStackBytes;
  fiber->start.uc_link = nullptr;
  ::makecontext(&fiber->start, &Simulation::enter, 0);
  fibers_.push_back(std::move(fiber));
}

std::size_t Simulation::add_stopping(std::function<void()> body, std::uint64_t steps_max) {
  add(std::move(body));
  fibers_.back()->steps_left = 1 + random_() % steps_max;
  return fibers_.size() - 1;
}

bool Simulation::has_ended(std::size_t number) {
  const bool has_ended = fibers_[number]->is_done;
  if (has_ended && memory_ && in_progress == this) memory_->join(running(), number);
  return has_ended;
}

std::size_t Simulation::running() const { return running_->number; }

void Simulation::enter() {
  Simulation* const self = in_progress;
  self->running_->body();
  self->finish();
}

/// One that is not asleep, and not held back unless it is the only one. Null when there is none.
Simulation::Fiber* Simulation::choose() {
  if (steps_ >= held_until_) {
    held_back_ = random_() % kHoldEvery == 0 ? fibers_[random_() % fibers_.size()].get() : nullptr;
    held_until_ = steps_ + (held_back_ == nullptr ? 1 : random_() % kHoldStepsMax);
  }
  ready_.clear();
  for (const auto& fiber : fibers_) {
    if (!fiber->is_done && fiber->asleep_on == nullptr && fiber.get() != held_back_) ready_.push_back(fiber.get());
  }
  if (!ready_.empty()) return ready_[random_() % ready_.size()];
  if (held_back_ == nullptr || held_back_->is_done || held_back_->asleep_on != nullptr) return nullptr;
  for (const auto& fiber : fibers_) {
    if (fiber.get() == held_back_) return fiber.get();
  }
  return nullptr;
}

/// Leaves the stack of the caller, for good. Null is run().
void Simulation::go_to(Fiber* fiber) {
  if (fiber == nullptr) ::_longjmp(home_, 1);
  running_ = fiber;
  // swapcontext() would also save and restore the signal mask: two system calls for each change.
  if (fiber->has_started) ::_longjmp(fiber->place, 1);
  fiber->has_started = true;
  ::setcontext(&fiber->start);
  std::abort();  // setcontext() comes back only when it fails.
}

/// The running fiber is at its end and never comes back.
void Simulation::finish() {
  running_->is_done = true;
  go_to(choose());
}

/// Goes on with a fiber that is not asleep, perhaps the same. Back to run(), for good, when there is none.
void Simulation::switch_to_any() {
  Fiber* const self = running_;
  Fiber* const next = choose();
  if (next == self) return;
  if (::_setjmp(self->place) == 0) go_to(next);
}

void Simulation::fail(const std::string& why) {
  why_ = why;
  go_to(nullptr);
}

void Simulation::step() {
  if (++steps_ > steps_max_) fail("nobody gets anywhere");
  if (--running_->steps_left == 0) return finish();
  const bool is_held = running_ == held_back_ && steps_ < held_until_;
  if (is_held || random_() % change_every_ == 0) switch_to_any();
}

void Simulation::sleep_on(const void* word) {
  running_->asleep_on = word;
  switch_to_any();  // When nobody is left to wake us, run() ends.
}

int Simulation::wake(const void* word, int count) {
  int woken = 0;
  for (const auto& fiber : fibers_) {
    if (woken == count) break;
    if (fiber->is_done || fiber->asleep_on != word) continue;
    fiber->asleep_on = nullptr;
    ++woken;
  }
  return woken;
}

bool Simulation::run() {
  BUSKIN_CHECK(in_progress == nullptr && !fibers_.empty());
  in_progress = this;
  Fiber* const first = fibers_[random_() % fibers_.size()].get();
  if (::_setjmp(home_) == 0) go_to(first);
  in_progress = nullptr;
  std::size_t asleep = 0;
  for (const auto& fiber : fibers_) asleep += fiber->is_done ? 0u : 1u;
  if (asleep != 0 && why_.empty()) why_ = std::to_string(asleep) + " sleep and nobody wakes them";
  return asleep == 0;
}

std::uint64_t seeds_count() { return test::number_from("BUSKIN_SEEDS", kSeedsUsual); }
std::uint64_t first_seed() { return test::number_from("BUSKIN_SEED", 0); }

void wrote(const void* place) {
  Simulation* const simulation = Simulation::current();
  if (simulation == nullptr || simulation->memory() == nullptr) return;
  if (!simulation->memory()->wrote(simulation->running(), place)) simulation->fail("a write races with another access");
}

void read(const void* place) {
  Simulation* const simulation = Simulation::current();
  if (simulation == nullptr || simulation->memory() == nullptr) return;
  if (!simulation->memory()->read(simulation->running(), place)) simulation->fail("a read races with a write");
}

void wait_a_step() {
  if (Simulation* const simulation = Simulation::current()) simulation->step();
}

}  // namespace buskin::sim

namespace buskin::shm {

namespace {

/// BUSKIN_WEAKEN=send.hpp:119:relaxed weakens the accesses of that line to that order.
struct Weakening {
  std::string file;
  int line = 0;
  std::memory_order order{};
};

Weakening read_weakening() {
  const char* const text = std::getenv("BUSKIN_WEAKEN");
  if (text == nullptr) return {};
  const std::string all(text);
  const std::size_t line = all.find(':'), order = all.rfind(':');
  static const std::map<std::string, std::memory_order> orders = {{"relaxed", std::memory_order_relaxed},
                                                                  {"acquire", std::memory_order_acquire},
                                                                  {"release", std::memory_order_release},
                                                                  {"acq_rel", std::memory_order_acq_rel}};
  return {all.substr(0, line).insert(0, 1, '/'), std::stoi(all.substr(line + 1)), orders.at(all.substr(order + 1))};
}

std::memory_order weakened(std::memory_order order, const Site& site) {
  static const Weakening weakening = read_weakening();
  if (site.line != weakening.line || order == std::memory_order_relaxed) return order;
  return std::string_view(site.file).ends_with(weakening.file) ? weakening.order : order;
}

/// Null outside a simulation, and in one whose memory is not weak.
sim::Memory* weak_memory() {
  sim::Simulation* const simulation = sim::Simulation::current();
  return simulation == nullptr ? nullptr : simulation->memory();
}

}  // namespace

void interleave() { sim::wait_a_step(); }

std::uint64_t sim_load(const void* word, std::uint64_t newest, std::memory_order order, const Site& site) {
  sim::Memory* const memory = weak_memory();
  return memory == nullptr ? newest
                           : memory->load(sim::Simulation::current()->running(), word, newest, weakened(order, site));
}

void sim_peek(const void* place, void* copied, std::size_t bytes) {
  sim::Memory* const memory = weak_memory();
  if (memory == nullptr) return;
  for (std::size_t at = 0; at + sizeof(std::uint64_t) <= bytes; at += sizeof(std::uint64_t)) {
    std::uint64_t word;
    std::memcpy(&word, static_cast<std::byte*>(copied) + at, sizeof word);
    word = memory->peek(sim::Simulation::current()->running(), static_cast<const std::byte*>(place) + at, word);
    std::memcpy(static_cast<std::byte*>(copied) + at, &word, sizeof word);
  }
}

void sim_failed(const void* word, std::uint64_t newest, std::memory_order order, const Site& site) {
  sim::Memory* const memory = weak_memory();
  if (memory != nullptr) memory->failed(sim::Simulation::current()->running(), word, newest, weakened(order, site));
}

void sim_store(const void* word, std::uint64_t before, std::uint64_t after, std::memory_order order, const Site& site) {
  sim::Memory* const memory = weak_memory();
  if (memory != nullptr) {
    memory->store(sim::Simulation::current()->running(), word, before, after, weakened(order, site));
  }
}

void sim_change(const void* word, std::uint64_t before, std::uint64_t after, std::memory_order order,
                const Site& site) {
  sim::Memory* const memory = weak_memory();
  if (memory != nullptr) {
    memory->change(sim::Simulation::current()->running(), word, before, after, weakened(order, site));
  }
}

/// Compares and falls asleep in one step, as the kernel does.
void futex_wait(const Atomic<std::uint32_t>& word, std::uint32_t expected, std::uint64_t) {
  if (*word.raw() != expected) return;
  BUSKIN_CHECK(sim::Simulation::current() != nullptr);
  sim::Simulation::current()->sleep_on(word.raw());
}

int futex_wake(const Atomic<std::uint32_t>& word, int count) {
  sim::Simulation* const simulation = sim::Simulation::current();
  if (simulation == nullptr) return 0;
  simulation->step();  // A system call takes its time.
  return simulation->wake(word.raw(), count);
}

}  // namespace buskin::shm
