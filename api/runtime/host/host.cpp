// Host: gives cells their threads, and ends them.
#include "api/runtime/host/host.hpp"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "api/core/actor_types.hpp"
#include "api/runtime/cell/cell.hpp"
#include "api/runtime/client/client_inbox.hpp"
#include "api/runtime/launch/start_thread.hpp"
#include "api/runtime/lifecycle/close.hpp"
#include "api/runtime/node/crash_handler.hpp"
#include "api/runtime/schedule/shared_executor.hpp"

namespace buskin::runtime {

namespace {

constexpr std::size_t kThreadsOwn = 2;     // The main thread, and that of its actor.
constexpr std::size_t kThreadsShared = 5;  // The main thread, a bell, leader and watcher, and a helper.
constexpr std::uint64_t kMemoryPause_ns = 100'000'000;

/// A number that no other Host of this process has or had.
std::uint64_t next_serial() {
  static std::mutex mutex;
  static std::uint64_t serial = 0;
  const std::lock_guard lock(mutex);
  return ++serial;
}

/// Returns a sentence when the kernel refuses the processors or the priority.
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

Host::Host(shm::Segment segment, const NodeOptions& options, std::unique_ptr<Spawner> spawner)
    : Node(std::move(segment), options, std::move(spawner)), serial_(next_serial()),
      client_threads_(std::make_shared<ThreadRegistry>(member())) {}

Host::~Host() {
  BUSKIN_CHECK(!is_forked());  // It keeps this for ever: the threads are not there, and the segment is the parent's.
  if (is_sequential()) end_clients();  // A thread that waits runs the actors, and only one may.
  stop(std::chrono::seconds(10));
  BUSKIN_CHECK(own_.empty());
  end_clients();
  executor_.reset();
  client_threads_->close();
  if (options().role == shm::Role::Actors) forget_crash_handler();
  if (bell_ != nullptr) member().return_thread(bell_);
}

void Host::end_clients() {
  announce_stop("this program has left the system");
  inboxes_->close();
  client_threads_->leave_all(ThreadRegistry::Who::Clients);
}

ThreadRegistry::ClientThread& Host::client_thread() {
  thread_local ThreadRegistry::ClientThread* cached = nullptr;
  if (remembered_host == serial_) [[likely]] return *cached;
  ThreadRegistry::ClientThread& client_thread = client_threads_->take();
  leave_at_thread_end(client_threads_);
  if (options().role == shm::Role::Actors) install_crash_handler(*client_thread.thread);
  remembered_host = serial_;
  cached = &client_thread;
  return client_thread;
}

void Host::park_thread() { client_threads_->park(); }

void Host::leave_thread() { client_threads_->leave(); }

Client& Host::client() {
  ThreadRegistry::ClientThread& mine = client_thread();
  if (mine.client == nullptr) client_threads_->give(mine, Client::open(*this, *mine.thread, Unread::OldestGoes));
  return *mine.client;
}

std::unique_ptr<detail::InboxImpl> Host::open_inbox() {
  auto inbox = std::make_unique<ClientInbox>(*this, inboxes_);
  inboxes_->add(*inbox);
  return inbox;
}

void Host::announce_stop(std::string_view reason) {
  if (!system_stop_.set(reason)) return;
  client_threads_->wake_clients();
  inboxes_->wake();
}

bool Host::wants_thread(const ActorSpec& spec) const {
  if (is_sequential()) return false;
  const RunOptions& run = spec.options.run;
  if (run.own_thread || run.idle == Idle::Spin || !run.cpus.empty() || run.realtime != 0) return true;
  return options().role == shm::Role::Actors && spec.options.place.kind == Place::Kind::OwnProcess;
}

bool Host::take_means(bool is_shared) {
  shm::Segment& segment = this->segment();
  if (!member().reserve_threads(is_shared ? kThreadsShared : kThreadsOwn).ok()) return false;
  if (!is_shared) return true;
  if (!shm::ReadySet::back_map(segment, member().index(), 0).ok()) return false;
  // For the process that follows this one while it is being repaired.
  shm::ReadySet::back_spare_map(segment);
  return true;
}

Status Host::host(shm::ActorId actor, const ActorSpec& spec) {
  Status hosted = begin(actor, spec);
  const bool is_refused = hosted.code() == Code::NoMemory || hosted.code() == Code::StartFailed;
  // A process without another actor ends, and the next one may find more.
  if (!is_refused || !may_postpone(actor) || hosted_count() == 0) return hosted;
  postpone(actor, spec);
  return {};
}

/// What was promised to an actor that has started does not end with the memory.
bool Host::may_postpone(shm::ActorId actor) {
  return options().role == shm::Role::Actors && shm::life_of(segment(), actor).state == shm::LifeState::Notified;
}

void Host::postpone(shm::ActorId actor, const ActorSpec& spec) {
  const std::lock_guard lock(mutex_);
  ++living_;
  postponed_.push_back({actor, spec});
  retry_at_ns_ = shm::now_ns() + kMemoryPause_ns;
  if (unhosted_listener_) unhosted_listener_();  // The thread behind it calls retry_postponed().
}

std::uint64_t Host::retry_postponed(std::uint64_t now_ns) {
  std::vector<Postponed> tried;
  {
    const std::lock_guard lock(mutex_);
    if (now_ns < retry_at_ns_) return retry_at_ns_;
    retry_at_ns_ = shm::kNever_ns;
    tried = std::exchange(postponed_, {});
  }
  for (const Postponed& one : tried) {
    // Another process may have taken or closed it.
    const Status hosted = may_postpone(one.actor) ? host(one.actor, one.spec) : Status();
    if (!hosted.ok()) close_actor(thread(), one.actor, {hosted.code(), hosted.error().what()});
    count_gone();
  }
  const std::lock_guard lock(mutex_);
  return retry_at_ns_;
}

Status Host::begin(shm::ActorId actor, const ActorSpec& spec) {
  const detail::ActorInfo* const info = detail::find_actor_type(spec.type_id);
  if (info == nullptr) return Error(Code::UnknownType, "this program has no actor type " + spec.type_name);
  auto cell = std::make_unique<Cell>(*this, thread(), actor, *info, spec);
  return wants_thread(spec) ? add_own(std::move(cell), spec.options.run) : add_shared(std::move(cell));
}

Status Host::add_own(std::unique_ptr<Cell> cell, const RunOptions& run) {
  join_finished();
  if (!member().reserve_threads(1).ok()) return Error(Code::NoMemory, "there is no record for its thread");
  const std::lock_guard lock(mutex_);  // It ends after we have counted it.
  Own& own = own_.emplace_back();
  own.cell = std::move(cell);
  auto started = try_start_thread([this, &own, run] { run_own(own, run); });
  if (!started.ok()) {
    own_.pop_back();
    return started.error();
  }
  own.thread = std::move(*started);
  ++living_;
  return {};
}

/// Under the mutex.
Status Host::make_executor() {
  // Before any thread looks at the map.
  if (!shm::ReadySet::back_map(segment(), member().index(), 0).ok()) return Code::NoMemory;
  if (bell_ == nullptr) {
    const auto leased = member().lease_thread();
    if (!leased.ok()) return Error(Code::NoMemory, "the table of threads is full");
    bell_ = leased.value();
  }
  if (is_sequential()) {
    auto made = std::make_unique<SequentialExecutor>(*this, *bell_, options().seed);
    sequential_ = made.get();
    executor_ = std::move(made);
    return {};
  }
  try {
    executor_ = std::make_unique<SharedExecutor>(*this, *bell_);
  } catch (const std::runtime_error& refused) {
    return Error(Code::StartFailed, refused.what());
  }
  return {};
}

Status Host::add_shared(std::unique_ptr<Cell> cell) {
  Executor* executor = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (executor_ == nullptr) {
      if (const Status made = make_executor(); !made.ok()) return made;
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
  if (const std::string refused = apply_run(run); !refused.empty()) own.cell->refuse_start(refused);
  own.cell->run(mine, run.idle);
  leave_thread();
  const std::lock_guard lock(mutex_);
  own.ended = true;
  count_down();
}

/// Under the mutex: an actor is gone.
void Host::count_down() {
  BUSKIN_CHECK(living_ > 0);
  if (--living_ != 0) return;
  unhosted_.notify_all();
  if (unhosted_listener_) unhosted_listener_();
}

void Host::count_gone() {
  const std::lock_guard lock(mutex_);
  count_down();
}

/// Joins the threads of cells that are gone. It waits only for the last few instructions of such a thread.
void Host::join_finished() {
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

void Host::set_unhosted_listener(std::function<void()> listener) {
  const std::lock_guard lock(mutex_);
  BUSKIN_CHECK(living_ == 0);  // An end before it would be missed.
  unhosted_listener_ = std::move(listener);
}

std::vector<shm::ActorId> Host::hosted() const {
  std::vector<shm::ActorId> here;
  Executor* executor = nullptr;
  {
    const std::lock_guard lock(mutex_);
    for (const Own& one : own_) {
      if (!one.ended) here.push_back(one.cell->id());
    }
    for (const Postponed& one : postponed_) here.push_back(one.actor);
    executor = executor_.get();
  }
  if (executor != nullptr) executor->collect(here);
  return here;
}

void Host::stop(Duration deadline) {
  const std::vector<shm::ActorId> here = hosted();
  if (!here.empty()) {
    Client& client = this->client();
    for (const shm::ActorId id : here) {
      client.exit(Address(segment().system_id(), static_cast<std::uint32_t>(id.index), id.gen), {.now = true});
    }
  }
  if (is_sequential()) return run_until_idle();
  std::unique_lock lock(mutex_);
  living_ -= std::exchange(postponed_, {}).size();  // Another process may have them.
  if (!unhosted_.wait_for(lock, deadline, [&] { return living_ == 0; })) {
    detail::unwrap_failed(Error(Code::TimedOut, "an actor did not end: its handler does not return"));
  }
  lock.unlock();
  join_finished();
}

void Host::run_until_idle() {
  if (!is_sequential() || in_turn()) return;
  // Ends: when no cell has work; a program whose actors always send more runs until they stop.
  while (run_round()) {
  }
}

}  // namespace buskin::runtime
