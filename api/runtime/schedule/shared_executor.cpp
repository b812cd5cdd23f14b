// SharedExecutor: the leader, its watcher, and helpers.
//
//   term_   2n     thread n % 2 leads: it may take the ready map and delete cells that are gone
//           2n+1   it runs cells
//           2n+2   the watcher found it in one handler for too long, and leads in its place
#include "api/runtime/schedule/shared_executor.hpp"

#include <algorithm>
#include <latch>
#include <stdexcept>
#include <utility>

#include "api/runtime/client/client.hpp"
#include "api/runtime/launch/start_thread.hpp"
#include "api/runtime/node/node.hpp"
#include "shm/base/clock.hpp"

namespace buskin::runtime {

namespace {

constexpr std::uint32_t kStepsPerSlice = 64;          // Messages of one cell before other cells run.
constexpr std::size_t kMany = 16;                     // This many waiting cells are worth a helper.
constexpr auto kLook = std::chrono::milliseconds(1);  // Between two looks of the watcher.
constexpr std::uint64_t kBusy_ns = 100'000'000;       // How long the watcher looks on after the last slice.
constexpr std::uint64_t kHeavy_ns = 100'000'000;      // How long after a long handler few cells are worth a helper.
constexpr std::uint64_t kArenaAgain_ns = 100'000'000;  // Between two tries to get threads for the arena.

int cores() { return static_cast<int>(std::max(1u, std::thread::hardware_concurrency())); }

/// How many threads, up to `wanted`, the system lets us start at the same time. TBB starts its own later, and an
/// exception that leaves one of its workers, because it cannot start the next one, ends the process.
std::uint32_t startable_threads(int wanted) {
  std::latch may_end(1);
  std::vector<std::thread> started;
  while (static_cast<int>(started.size()) < wanted) {
    Result<std::thread> next = try_start_thread([&] { may_end.wait(); });
    if (!next.ok()) break;
    started.push_back(std::move(*next));
  }
  may_end.count_down();
  for (std::thread& thread : started) thread.join();
  return static_cast<std::uint32_t>(started.size());
}

}  // namespace

SharedExecutor::SharedExecutor(Node& node, shm::Thread& bell)
    : Executor(node, bell) {
  for (std::uint64_t i = 0; i < 2; ++i) {
    Result<std::thread> started = try_start_thread([this, i] { work(i); });
    if (started.ok()) {
      threads_[i] = std::move(*started);
      continue;
    }
    end_threads();
    throw std::runtime_error(started.error().what());
  }
}

SharedExecutor::~SharedExecutor() {
  end_threads();
  BUSKIN_CHECK(queue_.empty() && helpers_ == 0);
  for (Cell* const cell : gone_) delete cell;
}

void SharedExecutor::end_threads() {
  {
    const std::lock_guard lock(mutex_);
    // sync(executor_end): seq_cst. Before the ring; the leader reads this word after it has announced its sleep.
    ending_.store_seq_cst(1);
    changed_.notify_all();
  }
  ring();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return helpers_ == 0; });  // Ends: a helper comes back when the queue is empty.
}

bool SharedExecutor::is_over() const {
  // sync(executor_end): seq_cst. See the destructor.
  return ending_.load_seq_cst() != 0;
}

/// Thread 0 begins as leader, thread 1 as watcher; later the term decides.
void SharedExecutor::work(std::uint64_t thread) {
  // Ends: with the executor.
  while (!is_over()) {
    // sync(term): acquire. We see what the leader of the term before left.
    const std::uint64_t term = term_.load_acquire() / 2;
    if (term % 2 == thread) {
      lead(term);
    } else {
      watch(term);
    }
  }
  node_.leave_thread();
}

void SharedExecutor::lead(std::uint64_t term) {
  // Ends: with the executor, or when the watcher leads.
  while (!is_over()) {
    delete_gone();
    if (queue_ready() == 0) {
      sleep();
      continue;
    }
    be_watched();
    // sync(term): acq_rel. From here on the watcher may take over.
    if (!term_.cas_acq_rel(2 * term, 2 * term + 1)) break;
    run_queue(term);
    // sync(term): acq_rel. Fails when the watcher has taken over.
    if (!term_.cas_acq_rel(2 * term + 1, 2 * term)) break;
  }
  node_.park_thread();  // Until it leads again.
}

/// Claims what is ready. Returns how many cells wait for a thread.
std::size_t SharedExecutor::queue_ready() {
  bits_.clear();
  take_ready(bits_);
  const std::lock_guard lock(mutex_);
  for (const std::uint32_t bit : bits_) {
    Cell* const cell = table_.at(bit);
    if (cell != nullptr && cell->claim().take()) queue_.push_back(cell);
  }
  return queue_.size();
}

void SharedExecutor::run_queue(std::uint64_t term) {
  // Ends: when the queue is empty, or the other thread leads.
  for (;;) {
    Cell* const cell = next_cell(false);
    if (cell == nullptr) return;
    call_helpers();
    shm::Atomic<std::uint64_t>& slices = slices_[term % 2];
    // sync(slice): release. The watcher compares the number; nothing else is ordered by it.
    slices.store_release(slices.load_relaxed() + 1);  // relaxed: only this thread writes it.
    run_slice(*cell);
    // sync(slice): release. The number is even again: no handler runs.
    slices.store_release(slices.load_relaxed() + 1);  // relaxed: only this thread writes it.
    // sync(term): acquire. As in lead().
    if (term_.load_acquire() != 2 * term + 1) return;
  }
}

Cell* SharedExecutor::next_cell(bool is_helper) {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) {
    if (!is_helper) return nullptr;
    node_.park_thread();  // Until it is called again. Afterwards the executor may end.
    BUSKIN_CHECK(helpers_ > 0);
    if (--helpers_ == 0) changed_.notify_all();
    return nullptr;
  }
  Cell* const cell = queue_.front();
  queue_.pop_front();
  return cell;
}

void SharedExecutor::run_slice(Cell& cell) {
  BUSKIN_CHECK(!in_turn());
  in_turn() = true;
  const Cell::Next next = cell.slice(node_.thread(), kStepsPerSlice);
  in_turn() = false;
  if (next.what != Cell::Next::What::Gone) {
    (void)release(cell, next);
    return;
  }
  retire(cell);
  {
    const std::lock_guard lock(mutex_);
    gone_.push_back(&cell);
  }
  node_.count_gone();
}

/// Only the leader finds cells by their bits, and here it does not.
void SharedExecutor::delete_gone() {
  const std::lock_guard lock(mutex_);
  for (Cell* const cell : gone_) delete cell;
  gone_.clear();
}

void SharedExecutor::collect(std::vector<shm::ActorId>& ids) {
  const std::lock_guard lock(mutex_);  // No cell that is gone is deleted in the meantime.
  Executor::collect(ids);
}

void SharedExecutor::call_helpers() {
  std::uint32_t called = 0;
  {
    const std::lock_guard lock(mutex_);
    const std::size_t waiting = queue_.size();
    if (waiting == 0 || (arena_ && helpers_ == helpers_max_)) return;
    // relaxed: a hint.
    const bool is_heavy = heavy_until_ns_.load_relaxed() != 0 && shm::now_ns() < heavy_until_ns_.load_relaxed();
    if ((!is_heavy && waiting < kMany) || !has_arena()) return;
    called = std::min<std::uint32_t>(helpers_max_ - helpers_, static_cast<std::uint32_t>(is_heavy ? waiting : 1));
    helpers_ += called;
  }
  for (; called > 0; --called) arena_->enqueue([this] { help(); });
}

/// Under the mutex. At the first call it makes the arena, for as many threads as the system has tasks now. False: it
/// has none, and is asked again after a while.
bool SharedExecutor::has_arena() {
  if (arena_) return true;
  const std::uint64_t now = shm::now_ns();
  if (now < arena_again_ns_) return false;
  arena_again_ns_ = now + kArenaAgain_ns;
  helpers_max_ = startable_threads(std::max(cores() - 1, 1));
  if (helpers_max_ == 0) return false;
  const int threads = static_cast<int>(helpers_max_) + 1;  // The one that calls has a place, which it does not take.
  threads_of_arena_.emplace(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads));
  arena_.emplace(threads, 1);
  return true;
}

void SharedExecutor::help() {
  // Ends: when the queue is empty.
  while (Cell* const cell = next_cell(true)) {
    tbb::this_task_arena::isolate([&] { run_slice(*cell); });
  }
}

void SharedExecutor::ring() {
  // sync(executor_sleep): seq_cst. After what we leave for the leader: it announces its sleep, then looks for work.
  if (asleep_.load_seq_cst() != 0) shm::wake_thread(node_.segment(), bell_.index());
}

void SharedExecutor::sleep() {
  const auto has_work = [&] { return ready_.any() || is_over(); };
  if (spin_.look(has_work)) return;
  // sync(executor_sleep): seq_cst. Before we look again; a thread that leaves work rings after it.
  asleep_.store_seq_cst(1);
  const std::uint64_t next = timers_.next_ns();
  node_.park_thread();
  shm::sleep_until(bell_, std::min(next, look_at_ns()), [&] { return !has_work() && timers_.next_ns() == next; });
  // sync(executor_sleep): seq_cst. From here on we look without being rung.
  asleep_.store_seq_cst(0);
  spin_.slept();
  look_behind_bits(shm::now_ns());
}

/// Lets the watcher know that cells run.
void SharedExecutor::be_watched() {
  const std::uint64_t now = shm::now_ns();
  look_behind_bits(now);
  // relaxed: a time that the watcher reads again within a millisecond.
  busy_until_ns_.store_relaxed(now + kBusy_ns);
  // sync(watching): seq_cst. After the time: either the watcher sees it, or we see that the watcher sleeps.
  if (is_watching_.load_seq_cst() != 0) return;
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

void SharedExecutor::watch(std::uint64_t term) {
  const auto is_busy = [&] { return shm::now_ns() < busy_until_ns_.load_relaxed(); };  // relaxed: see be_watched().
  std::unique_lock lock(mutex_);
  // Ends: with the executor, or when this thread leads.
  while (!is_over()) {
    // sync(watching): seq_cst. Before the last look at the time.
    is_watching_.store_seq_cst(0);
    changed_.wait(lock, [&] { return is_over() || is_busy(); });
    // sync(watching): seq_cst. A thread that sees it need not wake us: we look at the time again.
    is_watching_.store_seq_cst(1);
    while (!is_over() && is_busy()) {
      // sync(term): acquire. As in work().
      const std::uint64_t seen = term_.load_acquire();
      if (seen / 2 != term) return;
      // sync(slice): acquire. The same odd number twice is one handler.
      const std::uint64_t mark = slices_[term % 2].load_acquire();
      changed_.wait_for(lock, kLook);
      if (take_over(seen, mark)) return;
    }
  }
}

bool SharedExecutor::take_over(std::uint64_t seen, std::uint64_t mark) {
  if (seen % 2 == 0 || mark % 2 == 0) return false;
  // sync(slice): acquire. As in watch().
  if (slices_[seen / 2 % 2].load_acquire() != mark) return false;
  // sync(term): acq_rel. Fails when the handler has returned, and the leader with it.
  if (!term_.cas_acq_rel(seen, seen + 1)) return false;
  heavy_until_ns_.store_relaxed(shm::now_ns() + kHeavy_ns);  // relaxed: a hint.
  return true;
}

}  // namespace buskin::runtime
