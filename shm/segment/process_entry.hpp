// ProcessEntry: one process attached to the segment.
//
//   offset  size  field
//        0     8  word            ProcessWord: gen, Free | Alive | Dead
//        8     8  claim           ProcessIndex of the repairer that holds it, with its gen above
//       16     8  start_time      field 22 of /proc/pid/stat: tells a reused pid apart
//       24     8  pid_namespace   inode of /proc/self/ns/pid; the pid is valid only in it
//       32     4  pid
//       36     4  role            Role
//       40     8  program         hash of the program's build id; 0 for none
//       48     8  threads_count   thread records in use, for display
//       56     8  attached_ns
//       64    64  title           what `buskin ps` shows
//      128     4  log_bell        1: the process sleeps on it until any line comes that it reads
//      132   124  reserved
//
// Who writes: the process itself; after its death the repairer that holds its claim. Any process that writes lines
// sets log_bell back to 0.
#pragma once

#include <array>
#include <cstdint>

#include "shm/base/published_once.hpp"
#include "shm/words/table_words.hpp"

namespace buskin::shm {

enum class Role : std::uint32_t { Client = 0, Admin = 1, ForkServer = 2, Actors = 3, Bridge = 4, Tool = 5 };

struct ProcessEntry {
  Atomic<std::uint64_t> word;
  Atomic<std::uint64_t> claim;
  PublishedOnce<std::uint64_t> start_time;
  Atomic<std::uint64_t> pid_namespace;
  PublishedOnce<std::uint32_t> pid;
  PublishedOnce<Role> role;
  PublishedOnce<std::uint64_t> program;
  Atomic<std::uint64_t> threads_count;
  PublishedOnce<std::uint64_t> attached_ns;
  std::array<char, 64> title;
  Atomic<std::uint32_t> log_bell;
  std::array<std::uint32_t, 31> reserved;
};
static_assert(sizeof(ProcessEntry) == 256);

/// Which life of the entry this is, and whether its process lives.
inline ProcessWord word_of(const ProcessEntry& entry) {
  // sync(process): acquire. What the former process of the entry left, or the present one did before.
  return ProcessWord::unpack(entry.word.load_acquire());
}
/// Has the process still to write its facts? Until then the entry shows those of a former process.
inline bool is_joining(const ProcessEntry& entry) {
  // sync(process_facts): acquire. All facts of one life stand before it.
  return entry.pid_namespace.load_acquire() == 0;
}

}  // namespace buskin::shm
