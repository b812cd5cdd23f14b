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
#include "api/runtime/crash_handler.hpp"
#include "api/runtime/shared_executor.hpp"
#include "shm/base/clock.hpp"
#include "shm/segment/creation.hpp"
#include "shm/segment/types.hpp"

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
    : options_(options), segment_(std::move(segment)), types_(segment_), waits_(segment_), spawner_(std::move(spawner)),
      serial_(next_serial()), forks_(fork_count) {
  watch_forks();
  auto joined = shm::Member::join(segment_, {options.role, options.title, options.program, options.lock_path});
  if (!joined.ok()) throw std::runtime_error("buskin: " + joined.error().detail);
  member_ = std::move(joined).value();
  seats_ = std::make_shared<SeatBook>(*member_);
}

Host::~Host() {
  if (is_forked()) {
    // The mapping is not here; the parent returns its records itself.
    (void)member_.release();
    (void)executor_.release();
    new std::shared_ptr<SeatBook>(std::move(seats_));
    return;
  }
  stop(std::chrono::seconds(10));
  executor_.reset();
  seats_->close();
  if (bell_ != nullptr) member_->return_thread(bell_);
}

bool Host::is_forked() const { return forks_ != fork_count; }

SeatBook::Seat& Host::seat() {
  thread_local std::uint64_t cached_serial = 0;
  thread_local SeatBook::Seat* cached = nullptr;
  if (cached_serial == serial_) [[likely]] return *cached;
  SeatBook::Seat& seat = seats_->take();
  leave_at_thread_end(seats_);
  if (options_.role == shm::Role::Actors) guard_thread(*seat.thread);
  cached_serial = serial_;
  cached = &seat;
  return seat;
}

void Host::leave_seat() { seats_->leave(); }

detail::Voice& Host::client_voice() {
  SeatBook::Seat& mine = seat();
  if (mine.client == nullptr) mine.client = Client::open(*this, *mine.thread);
  return *mine.client;
}

/// For display: the creator alone knows the type's name before the actor runs somewhere.
void Host::note_type(shm::ActorId actor, const Birth& birth) {
  const auto type = shm::register_type(segment_, {birth.type_id, birth.type_name, 0, shm::TypeKind::Actor});
  // relaxed: the request for the actor publishes it.
  if (type.ok()) segment_.slot(actor.index).type.store_relaxed(static_cast<std::uint32_t>(type.value()));
}

Status Host::bring_to_life(shm::Thread& thread, shm::ActorId actor, const Birth& birth) {
  if (is_for_here(birth)) return host(actor);
  note_type(actor, birth);
  return spawner_->spawn(*this, thread, actor, birth);
}

shm::Staged Host::prepare_to_live(shm::Thread& thread, shm::ActorId actor, const Birth& birth) {
  std::optional<shm::Staged> request;
  if (!is_for_here(birth)) {
    note_type(actor, birth);
    request = spawner_->prepare(*this, thread, actor);
  }
  // relaxed: written by this thread.
  const auto block = static_cast<shm::Handle>(segment_.slot(actor.index).birth.load_relaxed());
  return request.value_or(shm::creation_here(actor, block));
}

bool Host::wants_thread(const Birth& birth) const {
  if (is_sequential()) return false;
  const RunOptions& run = birth.options.run;
  if (run.own_thread || run.idle == Idle::Spin || !run.cpus.empty() || run.realtime != 0) return true;
  return options_.role == shm::Role::Actors && birth.options.place.kind == Place::Kind::OwnProcess;
}

Status Host::host(shm::ActorId actor) {
  Birth birth;
  if (!read_birth(segment_, actor, birth)) return Error(Code::NoSuchActor);
  const detail::ActorInfo* const info = find_actor_info(birth.type_id);
  if (info == nullptr) return Error(Code::UnknownType, "this program has no actor type " + birth.type_name);
  auto cell = std::make_unique<Cell>(*this, thread(), actor, *info, birth);
  return wants_thread(birth) ? add_own(std::move(cell), birth.options.run) : add_shared(std::move(cell));
}

Status Host::add_own(std::unique_ptr<Cell> cell, const RunOptions& run) {
  bury_ended();
  const std::lock_guard lock(mutex_);
  ++living_;
  Own& own = own_.emplace_back();
  own.cell = std::move(cell);
  own.thread = std::thread([this, &own, run] { run_own(own, run); });
  return {};
}

Status Host::add_shared(std::unique_ptr<Cell> cell) {
  Executor* executor = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (executor_ == nullptr) {
      const auto leased = member_->lease_thread();
      if (!leased.ok()) return Error(Code::NoMemory, "the table of threads is full");
      bell_ = leased.value();
      if (is_sequential()) {
        auto made = std::make_unique<SequentialExecutor>(*this, *bell_, options_.seed);
        sequential_ = made.get();
        executor_ = std::move(made);
      } else {
        executor_ = std::make_unique<SharedExecutor>(*this, *bell_);
      }
    }
    executor = executor_.get();
    ++living_;
  }
  const Status added = executor->add(std::move(cell));
  if (!added.ok()) count_gone();
  return added;
}

void Host::run_own(Own& own, const RunOptions& run) {
  in_turn() = true;
  shm::Thread& mine = thread();
  own.cell->set_wake_target({mine.process(), mine.index(), shm::WakeWord::kNoBit});
  if (const std::string refused = apply_run(run); !refused.empty()) own.cell->refuse_birth(refused);
  own.cell->run(mine, run.idle);
  leave_seat();
  const std::lock_guard lock(mutex_);
  own.ended = true;
  --living_;
  unhosted_.notify_all();
}

void Host::count_gone() {
  const std::lock_guard lock(mutex_);
  if (--living_ == 0) unhosted_.notify_all();
}

/// Joins the threads of cells that are gone. Only their last few instructions are waited for.
void Host::bury_ended() {
  std::list<Own> ended;
  {
    const std::lock_guard lock(mutex_);
    for (auto one = own_.begin(); one != own_.end();) {
      const auto next = std::next(one);
      if (one->ended) ended.splice(ended.end(), own_, one);
      one = next;
    }
  }
  for (Own& one : ended) one.thread.join();
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
  std::vector<shm::ActorId> here;
  Executor* executor = nullptr;
  {
    const std::lock_guard lock(mutex_);
    for (const Own& one : own_) {
      if (!one.ended) here.push_back(one.cell->id());
    }
    executor = executor_.get();
  }
  if (executor != nullptr) executor->collect(here);
  if (!here.empty()) {
    detail::Voice& voice = client_voice();
    for (const shm::ActorId id : here) {
      voice.exit(Address(segment_.system_id(), static_cast<std::uint32_t>(id.index), id.gen), {.now = true});
    }
  }
  if (is_sequential()) return run_until_idle();
  std::unique_lock lock(mutex_);
  if (!unhosted_.wait_for(lock, deadline, [&] { return living_ == 0; })) {
    detail::unwrap_failed(Error(Code::TimedOut, "an actor did not end: its handler does not return"));
  }
  lock.unlock();
  bury_ended();
}

bool Host::run_round() { return sequential_ != nullptr && !in_turn() && sequential_->run_round(); }

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
