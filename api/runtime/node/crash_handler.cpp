// crash_handler: runs on a stack of its own, and calls only what may be called in a handler.
#include "api/runtime/node/crash_handler.hpp"

#include <execinfo.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>

namespace buskin::runtime {

namespace {

constexpr std::size_t kStackBytes = 64 * 1024;
constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS, SIGXCPU, SIGXFSZ};

thread_local shm::Thread* recorded = nullptr;  // The calling thread, when its signals are recorded.
/// The same for exit(), which destroys the thread's objects before it calls us.
thread_local shm::ThreadRecord* last_recorded = nullptr;

/// The process whose faults are recorded.
struct Installed {
  shm::Segment* segment = nullptr;
  std::uint64_t process = 0;  ///< Its word in the records of its threads.
  pid_t pid = 0;
} installed;

/// The thread's second stack, on which the handler runs also when the first one has overflowed.
struct SecondStack {
  std::unique_ptr<std::byte[]> memory = std::make_unique<std::byte[]>(kStackBytes);
  SecondStack() {
    stack_t stack{};
    stack.ss_sp = memory.get();
    stack.ss_size = kStackBytes;
    BUSKIN_CHECK(::sigaltstack(&stack, nullptr) == 0);
  }
  ~SecondStack() {
    recorded = nullptr;
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    ::sigaltstack(&none, nullptr);
  }
};

/// Writes which message of the actor is being handled.
void write_hand(const shm::Segment& segment, shm::ActorId actor, shm::FaultRecord& fault) {
  if (actor.index == shm::ActorIndex::None) return;
  const shm::Mailbox& mailbox = segment.mailbox(actor.index);
  for (std::uint64_t lane = 0; lane < shm::kLaneCount; ++lane) {
    // relaxed: words that this thread wrote.
    const auto hand = shm::HandWord::unpack(mailbox.lanes[lane].hand_meta.load_relaxed());
    if (hand.phase != shm::Phase::Running || !shm::is_ahead(hand, mailbox.lanes[lane].done.load_relaxed())) continue;
    fault.lane.write(lane);
    fault.seq.write(hand.seq);
  }
}

/// Async-signal-safe.
void record(const shm::Segment& segment, shm::ThreadRecord& thread, const shm::FaultWord& word, std::uint64_t address) {
  shm::FaultRecord& fault = thread.fault;
  // relaxed: a repairer reads the record after our death, in program order; the signal is written last.
  if (fault.signal.load_relaxed() != 0) return;  // A fault in the handler: the first one counts.
  const auto actor = shm::ActorId::from_word(thread.hand.load_relaxed());
  fault.actor.write(actor.word());
  fault.address.write(address);
  write_hand(segment, actor, fault);
  void* frames[shm::kFaultFramesMax];
  const int count = ::backtrace(frames, static_cast<int>(shm::kFaultFramesMax));
  for (int i = 0; i < count; ++i) {
    fault.frames[static_cast<std::size_t>(i)] = reinterpret_cast<std::uint64_t>(frames[i]);
  }
  fault.frames_count.write(static_cast<std::uint64_t>(count));
  shm::crash_order();
  fault.signal.store_relaxed(word.pack());  // relaxed: the repairer reads it after our death.
}

/// A thread that handles nothing ends the process: each message in hand in this process is to blame.
void record_for_all(const shm::FaultWord& word) {
  const std::uint64_t own = installed.process;
  shm::Segment& segment = *installed.segment;
  shm::for_each_backed(segment, shm::Table::Threads, [&](std::uint64_t i) {
    shm::ThreadRecord& thread = segment.thread(static_cast<shm::ThreadIndex>(i));
    // relaxed: this process's words; a record that it leases or returns now has no message in hand.
    const bool is_handling = thread.process.load_relaxed() == own && thread.hand.load_relaxed() != 0;
    if (i != 0 && is_handling) record(segment, thread, word, 0);
  });
}

/// A child of fork() has our memory, and the records belong to its parent, which lives.
bool is_own_process() { return installed.segment != nullptr && installed.pid == ::getpid(); }

void on_fatal(int signal, siginfo_t* info, void*) {
  using Thread = shm::FaultWord::Thread;
  // A signal that another process sent is an order to end, not a fault. Its address is a number of a process.
  const bool is_sent = info->si_code <= 0 && info->si_pid != ::getpid();
  const auto address = info->si_code > 0 ? reinterpret_cast<std::uint64_t>(info->si_addr) : 0;
  if (!is_sent && is_own_process()) {
    if (recorded != nullptr) {
      record(*installed.segment, recorded->record(), shm::FaultWord::signal(signal, Thread::Handler), address);
    } else {
      record_for_all(shm::FaultWord::signal(signal, Thread::Other));
    }
  }
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

/// A handler has called exit(). What follows would destroy objects that other threads use.
void on_exit_call(int code, void*) {
  if (!is_own_process()) return;
  const auto word = shm::FaultWord::exited(code, shm::FaultWord::Thread::Handler);
  // relaxed: our own words. A record that was returned is of no process, or of another one.
  const bool is_handling = last_recorded != nullptr && last_recorded->process.load_relaxed() == installed.process &&
                           last_recorded->hand.load_relaxed() != 0;  // relaxed: as above.
  if (is_handling) record(*installed.segment, *last_recorded, word, 0);
  std::fflush(nullptr);
  ::_exit(code);
}

void install_for_process() {
  BUSKIN_CHECK(::on_exit(&on_exit_call, nullptr) == 0);
  void* frames[1];
  (void)::backtrace(frames, 1);  // Loads its library now, which may not be loaded in the handler.
  for (const int signal : kSignals) {
    struct sigaction present {};
    if (::sigaction(signal, nullptr, &present) != 0 || present.sa_handler != SIG_DFL) continue;
    struct sigaction ours {};
    ours.sa_sigaction = on_fatal;
    ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
    ::sigemptyset(&ours.sa_mask);
    (void)::sigaction(signal, &ours, nullptr);
  }
}

}  // namespace

void install_crash_handler(shm::Thread& thread) {
  static std::once_flag once;
  std::call_once(once, install_for_process);
  {
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    if (installed.segment != &thread.segment()) {
      installed = {&thread.segment(), thread.record().process.load_relaxed(), ::getpid()};  // relaxed: our own word.
    }
  }
  thread_local SecondStack stack;
  (void)stack;
  recorded = &thread;
  last_recorded = &thread.record();
}

void forget_crash_handler() { installed = {}; }

void record_fault(shm::Thread& thread, int signal, std::uint64_t address) {
  record(thread.segment(), thread.record(), shm::FaultWord::signal(signal, shm::FaultWord::Thread::Handler), address);
}

}  // namespace buskin::runtime
