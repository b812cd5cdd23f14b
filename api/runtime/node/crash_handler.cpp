// crash_handler: runs on a stack of its own, and calls only what may be called in a handler.
#include "api/runtime/node/crash_handler.hpp"

#include <execinfo.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <mutex>

namespace buskin::runtime {

namespace {

constexpr std::size_t kStackBytes = 64 * 1024;
constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

thread_local shm::Thread* recorded = nullptr;  // The calling thread, when its signals are recorded.

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

}  // namespace

void record_fault(shm::Thread& thread, int signal, std::uint64_t address) {
  shm::FaultRecord& fault = thread.record().fault;
  // relaxed: a repairer reads the record after our death, in program order; the signal is written last.
  if (fault.signal.load_relaxed() != 0) return;  // A fault in the handler: the first one counts.
  const auto actor = shm::ActorId::from_word(thread.record().hand.load_relaxed());
  fault.actor.write(actor.word());
  fault.address.write(address);
  write_hand(thread.segment(), actor, fault);
  void* frames[shm::kFaultFramesMax];
  const int count = ::backtrace(frames, static_cast<int>(shm::kFaultFramesMax));
  for (int i = 0; i < count; ++i) {
    fault.frames[static_cast<std::size_t>(i)] = reinterpret_cast<std::uint64_t>(frames[i]);
  }
  fault.frames_count.write(static_cast<std::uint64_t>(count));
  shm::crash_order();
  fault.signal.store_relaxed(static_cast<std::uint64_t>(signal));  // relaxed: the repairer reads it after our death.
}

namespace {

void on_fatal(int signal, siginfo_t* info, void*) {
  // A signal that another process sent is an order to end, not a fault.
  const bool is_sent = info->si_code <= 0 && info->si_pid != ::getpid();
  if (recorded != nullptr && !is_sent) record_fault(*recorded, signal, reinterpret_cast<std::uint64_t>(info->si_addr));
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

void install_for_process() {
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
  thread_local SecondStack stack;
  (void)stack;
  recorded = &thread;
}

}  // namespace buskin::runtime
