// Member: this process in the process table, and the thread records it has.
//
// The lock byte is taken before the slot and lives as long as the address space
// (the locked descriptor is mapped, not inherited, and closed). So an unlocked
// byte with a slot that is not free means a death, even one half-way through.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "shm/os/lock_byte.hpp"
#include "shm/memory/thread.hpp"

namespace buskin::shm {

struct MemberSpec {
  Role role = Role::Client;
  std::string title;       ///< For `buskin ps`; at most 63 bytes.
  std::uint64_t program = 0;
  std::string lock_path;   ///< Empty for private segments: no lock byte, the process is alone.
};

class Member {
 public:
  /// Joins the system. Errors: NoSpace (table full or memory file system full), System, and Vanished when the
  /// system is ending: then start it again.
  static Result<std::unique_ptr<Member>, SegmentError> join(Segment& segment, const MemberSpec& spec);
  /// Leaves: returns all thread records (none may be leased) and the slot.
  ~Member();
  /// The destructor adds to `left` what lay in blocks that this process still held: they are others' by then.
  void note_held(std::vector<PlacedBytes>& left) { left_ = &left; }
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

  Segment& segment() const { return *segment_; }
  MemberId id() const { return {index_, gen_}; }
  ProcessIndex index() const { return index_; }
  std::uint32_t gen() const { return gen_; }

  /// A record for the calling thread, from those left by finished threads or a fresh one.
  Result<Thread*, MemoryError> lease_thread();
  /// Claims records until `count` of them lie ready for lease_thread(), which needs no memory then.
  Result<Done, MemoryError> reserve_threads(std::size_t count);
  /// Takes a record back whose thread ends. It keeps its heap for the next thread.
  void return_thread(Thread* thread);

 private:
  /// Which entries may be taken: those with a ready map by a process that needs one, the others by the others; or all.
  enum class Entries : std::uint8_t { Fitting, All };

  static Result<std::unique_ptr<Member>, SegmentError> join_first(Segment& segment, const MemberSpec& spec,
                                                                  Entries entries);
  Member(Segment& segment, ProcessIndex index, std::uint32_t gen, LockByte lock);
  Result<Thread*, MemoryError> claim_record();

  Segment* segment_;
  ProcessIndex index_;
  std::uint32_t gen_;
  LockByte lock_;
  std::mutex mutex_;  // Guards the two lists; taken once per thread, never on the message path.
  std::vector<std::unique_ptr<Thread>> threads_;
  std::vector<Thread*> idle_;
  std::vector<PlacedBytes>* left_ = nullptr;
};

/// Gives a thread record back to the segment: only its counts stay in it. For the end of
/// its process, or for its repairer.
void return_thread_record(Segment& segment, ThreadIndex index);

/// Does the kernel say that the process of this entry lives? It goes by evidence only: pidfd and start time
/// in the same pid namespace, otherwise the lock byte.
bool is_member_alive(const Segment& segment, ProcessIndex index, const std::string& lock_path);
/// Does the entry's process number mean the same process here? False in another pid namespace.
bool is_in_own_pid_namespace(const ProcessEntry& entry);

}  // namespace buskin::shm
