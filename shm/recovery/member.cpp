// member: the order of the steps is what a repairer relies on.
//
//   join    lock byte, slot ALIVE, facts, look at ENDING
//   leave   thread records, facts, slot FREE(gen+1), lock byte
#include "shm/recovery/member.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "shm/base/clock.hpp"
#include "shm/base/crash_point.hpp"
#include "shm/mailbox/ready_set.hpp"
#include "shm/os/process.hpp"
#include "shm/recovery/repair_memory.hpp"

namespace buskin::shm {

namespace {

Failure<SegmentError> fail(SegmentFault fault, std::string sentence) {
  return Failure{SegmentError{fault, std::move(sentence)}};
}

std::string name_of_system(const Segment& segment) {
  const auto& name = segment.superblock().name;
  return {name.begin(), std::find(name.begin(), name.end(), '\0')};
}

/// Takes the lock byte; a private segment has none, because its process is alone.
Result<LockByte, LockError> take_byte(const MemberSpec& spec, std::uint64_t index) {
  if (spec.lock_path.empty()) return LockByte{};
  return LockByte::take(spec.lock_path, index);
}

void write_member_facts(ProcessEntry& entry, const MemberSpec& spec) {
  const std::size_t bytes = std::min(spec.title.size(), entry.title.size() - 1);
  entry.title.fill('\0');
  std::copy_n(spec.title.begin(), bytes, entry.title.begin());
  entry.pid.write(static_cast<std::uint32_t>(::getpid()));
  entry.start_time.write(start_time_of(::getpid()));
  entry.role.write(spec.role);
  entry.program.write(spec.program);
  entry.attached_ns.write(now_ns());
  // relaxed: published by the namespace, last.
  entry.claim.store_relaxed(0);
  entry.threads_count.store_relaxed(0);
  // sync(process_facts): release. Until it is there the lock byte alone says whether we live.
  entry.pid_namespace.store_release(own_pid_namespace());
}

void free_entry(ProcessEntry& entry, std::uint32_t gen) {
  // sync(process_facts): release. Before another process has the entry.
  entry.pid_namespace.store_release(0);
  std::uint64_t alive = ProcessWord{gen, ProcessState::Alive}.pack();
  // sync(process): seq_cst. All our work is done. When the CAS fails, a repairer has the entry and frees it.
  (void)entry.word.cas_seq_cst(alive, ProcessWord{gen + 1, ProcessState::Free}.pack());
}

/// Clears all that a repairer could take for the next holder's; the counts stay.
void clear_record(ThreadRecord& record) {
  // relaxed: only we write this record, and nothing is under way in it.
  BUSKIN_CHECK(record.journal.armed.load_relaxed() == 0);
  // relaxed: as above.
  record.op_handle.store_relaxed(0);
  record.op_own.store_relaxed(0);
  record.hand.store_relaxed(0);
  record.tid.store_relaxed(0);
  // relaxed: as above.
  record.run.count.store_relaxed(0);
  record.fault.signal.store_relaxed(0);
  record.counting.store_relaxed(0);
  for (auto& word : record.filter) word.store_relaxed(0);  // relaxed: as above.
}

bool claim_free_record(ThreadRecord& record, MemberId owner) {
  // relaxed: a look before the claim, which decides.
  if (record.process.load_relaxed() != 0) return false;
  // sync(record): acquire. What the former holder cleared.
  return record.process.cas_acquire(0, owner.word());
}

void set_tid(Thread& thread) {
  // relaxed: for display.
  thread.record().tid.store_relaxed(static_cast<std::uint32_t>(::gettid()));
}

/// What the entry says about its process.
struct Facts {
  std::uint64_t pid_namespace;
  std::uint64_t start_time;
  std::int32_t pid;
};

/// What the kernel says about {pid, start time}. Unknown when it cannot be asked.
enum class Evidence : std::uint8_t { Alive, Dead, Unknown };

Evidence ask_pidfd(const Facts& facts) {
  if (facts.pid_namespace == 0 || facts.pid_namespace != own_pid_namespace()) return Evidence::Unknown;
  // Opened first and compared then: the descriptor cannot change its process any more.
  const int pidfd = open_pidfd(facts.pid);
  if (pidfd < 0) return errno == ESRCH ? Evidence::Dead : Evidence::Unknown;
  const std::uint64_t start_time = start_time_of(facts.pid);
  const bool is_alive = pidfd_alive(pidfd);
  ::close(pidfd);
  if (!is_alive) return Evidence::Dead;
  if (start_time == 0 || facts.start_time == 0) return Evidence::Unknown;  // No /proc, or not for us.
  return start_time == facts.start_time ? Evidence::Alive : Evidence::Dead;
}

}  // namespace

Result<std::unique_ptr<Member>, SegmentError> Member::join(Segment& segment, const MemberSpec& spec) {
  auto fitting = join_first(segment, spec, Entries::Fitting);
  const bool is_none = !fitting.ok() && fitting.error().code == SegmentFault::NoSpace;
  return is_none ? join_first(segment, spec, Entries::All) : std::move(fitting);
}

Result<std::unique_ptr<Member>, SegmentError> Member::join_first(Segment& segment, const MemberSpec& spec,
                                                                 Entries entries) {
  const std::uint64_t count = segment.layout().count_of(Table::Processes);
  for (std::uint64_t i = 1; i < count; ++i) {
    // A process of actors needs a ready map, which stays with an entry; the others leave them to such processes.
    const bool has_map = ReadySet::has_map(segment, static_cast<ProcessIndex>(i));
    if (entries == Entries::Fitting && has_map != (spec.role == Role::Actors)) continue;
    if (!segment.back(Table::Processes, i).ok()) {
      return fail(SegmentFault::NoSpace, "no room for one more process in " + segment.path() +
                                             ": the memory file system is full; enlarge it");
    }
    const auto index = static_cast<ProcessIndex>(i);
    ProcessEntry& entry = segment.process(index);
    const ProcessWord free = word_of(entry);
    if (free.state != ProcessState::Free) continue;
    auto lock = take_byte(spec, i);
    if (!lock.ok() && lock.error().code == LockFault::Held) continue;
    if (!lock.ok()) return fail(SegmentFault::System, lock.error().detail);
    std::uint64_t seen = free.pack();
    // sync(process): seq_cst. Claimed before ENDING is read: the admin sets that, then looks for us.
    if (!entry.word.cas_seq_cst(seen, ProcessWord{free.gen, ProcessState::Alive}.pack())) continue;
    // crash(process_claimed): ALIVE without facts, its byte not locked: a dead one.
    crash_point("process_claimed");
    write_member_facts(entry, spec);
    // sync(process): seq_cst. After the claim; the admin sets it before it looks for living entries.
    if (segment.superblock().ending.load_seq_cst() != 0) {
      free_entry(entry, free.gen);
      return fail(SegmentFault::Vanished, "the system " + name_of_system(segment) + " is ending: start it again");
    }
    return std::unique_ptr<Member>(new Member(segment, index, free.gen, std::move(lock).value()));
  }
  return fail(SegmentFault::NoSpace, "the process table is full: the system " + name_of_system(segment) + " has " +
                                         std::to_string(count - 1) + " processes");
}

Member::Member(Segment& segment, ProcessIndex index, std::uint32_t gen, LockByte lock)
    : segment_(&segment), index_(index), gen_(gen), lock_(std::move(lock)) {}

Member::~Member() {
  const std::lock_guard guard(mutex_);
  BUSKIN_CHECK(idle_.size() == threads_.size());
  for (const auto& thread : threads_) thread->heap().unpark();  // We look into their spans.
  if (!threads_.empty()) {
    std::vector<PlacedBytes> held = free_held(*threads_.front());
    if (left_ != nullptr) *left_ = std::move(held);
  }
  for (auto& thread : threads_) {
    const ThreadIndex index = thread->index();
    thread.reset();  // With its heap, while the record is still ours.
    return_thread_record(*segment_, index);
  }
  // crash(process_leaving): an entry without threads, its byte not locked: freed by its repairer.
  crash_point("process_leaving");
  free_entry(segment_->process(index_), gen_);
}

Result<Thread*, MemoryError> Member::lease_thread() {
  const std::lock_guard guard(mutex_);
  if (idle_.empty()) return claim_record();
  Thread* const thread = idle_.back();
  idle_.pop_back();
  set_tid(*thread);
  return thread;
}

Result<Done, MemoryError> Member::reserve_threads(std::size_t count) {
  const std::lock_guard guard(mutex_);
  // Ends: each turn adds one.
  while (idle_.size() < count) {
    const auto claimed = claim_record();
    if (!claimed.ok()) return Failure{claimed.error()};
    // relaxed: for display.
    claimed.value()->record().tid.store_relaxed(0);
    idle_.push_back(claimed.value());
  }
  return Done{};
}

Result<Thread*, MemoryError> Member::claim_record() {
  for (std::uint64_t i = 1; i < segment_->layout().count_of(Table::Threads); ++i) {
    if (const auto backed = segment_->back(Table::Threads, i); !backed.ok()) return Failure{backed.error()};
    const auto index = static_cast<ThreadIndex>(i);
    if (!claim_free_record(segment_->thread(index), id())) continue;
    // crash(record_claimed): an empty record of a dead process; its repairer returns it.
    crash_point("record_claimed");
    threads_.push_back(std::make_unique<Thread>(*segment_, index_, index));
    set_tid(*threads_.back());
    // relaxed: for display.
    segment_->process(index_).threads_count.store_relaxed(threads_.size());
    return threads_.back().get();
  }
  return Failure{MemoryError::TableFull};
}

void Member::return_thread(Thread* thread) {
  const std::lock_guard guard(mutex_);
  BUSKIN_CHECK(std::find(idle_.begin(), idle_.end(), thread) == idle_.end());
  // relaxed: for display.
  thread->record().tid.store_relaxed(0);
  thread->heap().park();  // Until it is leased again, and allocates.
  idle_.push_back(thread);
}

void return_thread_record(Segment& segment, ThreadIndex index) {
  ThreadRecord& record = segment.thread(index);
  clear_record(record);
  // sync(sleep): seq_cst. The thread may have died asleep; the count above the bit goes on.
  record.ev.and_seq_cst(~std::uint32_t{1});
  // crash(record_returned): empty, and it still names a process whose entry is not free: its repairer returns it.
  crash_point("record_returned");
  // sync(record): release. Cleared; its next holder comes after us.
  record.process.store_release(0);
}

bool is_in_own_pid_namespace(const ProcessEntry& entry) {
  // sync(process_facts): acquire. All facts of one life stand before it.
  return entry.pid_namespace.load_acquire() == own_pid_namespace();
}

bool is_member_alive(const Segment& segment, ProcessIndex index, const std::string& lock_path) {
  if (index == ProcessIndex::None || !segment.is_backed(Table::Processes, to_bits(index))) return false;
  const ProcessEntry& entry = segment.process(index);
  const ProcessWord word = word_of(entry);
  if (word.state != ProcessState::Alive) return false;
  Facts facts{};
  // sync(process_facts): acquire. All facts of one life stand before it.
  facts.pid_namespace = entry.pid_namespace.load_acquire();
  facts.start_time = entry.start_time.read();
  facts.pid = static_cast<std::int32_t>(entry.pid.read());
  const Evidence evidence = ask_pidfd(facts);
  // If the entry has another life by now, the facts are of neither life, and the byte decides.
  const bool is_same_life = word_of(entry).pack() == word.pack();
  if (is_same_life && evidence != Evidence::Unknown) return evidence == Evidence::Alive;
  // Without a lock file there is only one process, which is asking.
  return lock_path.empty() || LockByte::is_held(lock_path, to_bits(index));
}

}  // namespace buskin::shm
