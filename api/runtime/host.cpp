// Host: threads, cells, and their end.
//
// Floor: runtime.
#include "api/runtime/host.hpp"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "api/runtime/cell.hpp"
#include "api/runtime/client.hpp"
#include "shm/base/clock.hpp"

namespace buskin::inline v0::detail {
std::vector<const ActorInfo*>& actor_registry();
}

namespace buskin::runtime {

namespace {

int fork_count = 0;  // Counted in the child, where there is one thread.

void watch_forks() {
  static const int once = ::pthread_atfork(nullptr, nullptr, [] { ++fork_count; });
  BUSKIN_CHECK(once == 0);
}

std::uint64_t next_serial() {
  static shm::Atomic<std::uint64_t> serial{0};
  // relaxed: only its being different counts.
  return serial.add_relaxed(1) + 1;
}

/// Empty when the thread now runs as asked, else the sentence.
std::string apply_run(const RunOptions& run) {
  if (!run.cpus.empty()) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int cpu : run.cpus) CPU_SET(static_cast<std::size_t>(cpu), &set);
    if (const int code = ::pthread_setaffinity_np(::pthread_self(), sizeof set, &set); code != 0) {
      return std::string("run.cpus: ") + std::strerror(code) + "; see `nproc` and `taskset -p` for what is allowed";
    }
  }
  if (run.realtime != 0) {
    const sched_param param{run.realtime};
    if (const int code = ::pthread_setschedparam(::pthread_self(), SCHED_FIFO, &param); code != 0) {
      return std::string("run.realtime: ") + std::strerror(code) + "; allow it with `ulimit -r " +
             std::to_string(run.realtime) + "`";
    }
  }
  return {};
}

}  // namespace

std::unique_ptr<Node> Node::join(shm::Segment segment, const NodeOptions& options, std::unique_ptr<Spawner> spawner) {
  return std::make_unique<Host>(std::move(segment), options, std::move(spawner));
}

Host::Host(shm::Segment segment, const NodeOptions& options, std::unique_ptr<Spawner> spawner)
    : options_(options), segment_(std::move(segment)), spawner_(std::move(spawner)), serial_(next_serial()),
      forks_(fork_count), order_(options.seed) {
  watch_forks();
  auto joined = shm::Member::join(segment_, {options.role, options.title, options.program, options.lock_path});
  if (!joined.ok()) throw std::runtime_error("buskin: " + joined.error().detail);
  member_ = std::move(joined).value();
}

Host::~Host() {
  if (is_forked()) {
    (void)member_.release();  // The mapping is not here; the parent returns its records itself.
    return;
  }
  stop(std::chrono::seconds(10));
  for (auto& [id, seat] : seats_) {
    seat.client.reset();
    member_->return_thread(seat.thread);
  }
}

bool Host::is_forked() const { return forks_ != fork_count; }

Host::Seat& Host::seat() {
  thread_local std::uint64_t cached_serial = 0;
  thread_local Seat* cached = nullptr;
  if (cached_serial == serial_) return *cached;
  const std::lock_guard lock(mutex_);
  Seat& seat = seats_[std::this_thread::get_id()];
  if (seat.thread == nullptr) {
    const auto leased = member_->lease_thread();
    if (!leased.ok()) detail::unwrap_failed(Error(Code::NoMemory, "the table of threads is full"));
    seat.thread = leased.value();
  }
  cached_serial = serial_;
  cached = &seat;
  return seat;
}

void Host::leave_seat() {
  const std::lock_guard lock(mutex_);
  const auto found = seats_.find(std::this_thread::get_id());
  if (found == seats_.end()) return;
  found->second.client.reset();
  member_->return_thread(found->second.thread);
  seats_.erase(found);
}

shm::Thread& Host::thread() { return *seat().thread; }

detail::Voice& Host::client_voice() {
  Seat& mine = seat();
  if (mine.client == nullptr) mine.client = Client::open(*this, *mine.thread);
  return *mine.client;
}

Status Host::bring_to_life(shm::Thread& thread, shm::ActorId actor, const Birth& birth) {
  const bool is_here = spawner_ == nullptr || birth.options.place.kind == Place::Kind::Here;
  return is_here ? host(actor) : spawner_->spawn(*this, thread, actor, birth);
}

Status Host::host(shm::ActorId actor) {
  Birth birth;
  if (!read_birth(segment_, actor, birth)) return Error(Code::NoSuchActor);
  const detail::ActorInfo* const info = find_actor_info(birth.type_id);
  if (info == nullptr) return Error(Code::UnknownType, "this program has no actor type " + birth.type_name);
  auto cell = std::make_unique<Cell>(*this, thread(), actor, *info, std::move(birth));
  Cell& made = *cell;
  bury_ended();
  const std::lock_guard lock(mutex_);
  ++living_;
  cells_.push_back({std::move(cell), {}});
  if (!is_sequential()) cells_.back().thread = std::thread([this, &made] { run_cell(made); });
  return {};
}

void Host::run_cell(Cell& cell) {
  in_turn() = true;
  if (const std::string refused = apply_run(cell.run_options()); !refused.empty()) cell.refuse_birth(refused);
  cell.run(thread());
  leave_seat();
  const std::lock_guard lock(mutex_);
  for (Hosted& one : cells_) one.ended = one.ended || one.cell.get() == &cell;
  --living_;
  unhosted_.notify_all();
}

/// Joins the threads of cells that are gone. Only their last few instructions are waited for.
void Host::bury_ended() {
  std::vector<Hosted> ended;
  {
    const std::lock_guard lock(mutex_);
    const auto gone = std::partition(cells_.begin(), cells_.end(), [](const Hosted& one) {
      return !one.ended;
    });
    std::move(gone, cells_.end(), std::back_inserter(ended));
    cells_.erase(gone, cells_.end());
  }
  for (Hosted& one : ended) one.thread.join();
}

std::size_t Host::hosted_count() const {
  const std::lock_guard lock(mutex_);
  return living_;
}

void Host::wait_until_unhosted() {
  if (is_sequential()) return run_until_idle();
  std::unique_lock lock(mutex_);
  unhosted_.wait(lock, [&] { return living_ == 0; });
}

void Host::stop(Duration deadline) {
  std::vector<Address> here;
  {
    const std::lock_guard lock(mutex_);
    for (const Hosted& one : cells_) {
      if (!one.ended) here.push_back(one.cell->self());
    }
  }
  if (!here.empty()) {
    detail::Voice& voice = client_voice();
    for (const Address actor : here) voice.exit(actor, {.now = true});
  }
  if (is_sequential()) {
    run_until_idle();
    return;
  }
  std::unique_lock lock(mutex_);
  if (!unhosted_.wait_for(lock, deadline, [&] { return living_ == 0; })) {
    detail::unwrap_failed(Error(Code::TimedOut, "an actor did not end: its handler does not return"));
  }
  lock.unlock();
  bury_ended();
}

bool Host::run_round() {
  std::vector<Cell*> round;
  for (const Hosted& one : cells_) round.push_back(one.cell.get());
  if (options_.seed != 0) std::shuffle(round.begin(), round.end(), order_);
  bool any = false;
  in_turn() = true;
  for (Cell* const cell : round) any = cell->step(thread()) || any;
  in_turn() = false;
  const auto gone = std::erase_if(cells_, [](const Hosted& one) { return one.cell->is_gone(); });
  living_ -= gone;
  return any;
}

void Host::run_until_idle() {
  if (!is_sequential() || in_turn()) return;
  // Ends: when no cell has work; a program that always makes more is its user's wish.
  while (run_round()) {
  }
}

const detail::ActorInfo* find_actor_info(std::uint64_t id) {
  for (const detail::ActorInfo* const info : detail::actor_registry()) {
    if (info->id == id) return info;
  }
  return nullptr;
}

std::vector<const detail::ActorInfo*> all_actor_infos() { return detail::actor_registry(); }

}  // namespace buskin::runtime
