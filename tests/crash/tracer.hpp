// Tracer: runs a child one instruction at a time and keeps every distinct state of the shared memory.
//
// A killed thread leaves a prefix of its program order, so these states are exactly what a kill can
// leave. The code under test is the release build, without any hooks.
//
// Counters, clocks and the ready maps (hints) do not make a state a new one.
//
// Floor: tests.
#pragma once

#include <sys/ptrace.h>

#include <cstring>
#include <unordered_set>

#include "tests/crash/world.hpp"

namespace buskin::test {

/// What of the segment is in use, as ranges of one mapping, and the book behind it.
class Memory {
 public:
  Memory(Segment& segment, Book& book) : segment_(segment), book_(book) {}

  struct Range {
    std::byte* at;
    std::size_t bytes;
  };

  /// Ranges that are compared. Data units come and go with the unit table.
  std::vector<Range> ranges() const {
    std::vector<Range> list;
    add_superblock(list);
    for (const Table table :
         {Table::Backed, Table::Processes, Table::Replies, Table::Names, Table::Units, Table::Actors}) {
      add(list, start_of(table),
          segment_.layout().entry_bytes[static_cast<std::size_t>(table)] * segment_.layout().count_of(table));
    }
    for (std::uint64_t i = 1; i < segment_.layout().count_of(Table::Threads); ++i) {
      auto* const record = reinterpret_cast<std::byte*>(&segment_.thread(static_cast<ThreadIndex>(i)));
      add(list, record, offsetof(ThreadRecord, counters));
    }
    for (std::uint64_t unit = 0; unit < segment_.layout().count_of(Table::Units); ++unit) {
      const auto word = UnitWord::unpack(segment_.unit(static_cast<UnitIndex>(unit)).word.load_relaxed());
      const bool is_behind_run = word.state == UnitState::Continued;
      if (word.state == UnitState::Free || is_behind_run) continue;
      add(list, segment_.unit_data(static_cast<UnitIndex>(unit)), word.state == UnitState::Run ? 4'096 : kPieceBytes);
    }
    add(list, reinterpret_cast<std::byte*>(&book_), sizeof(Book));
    return list;
  }

 private:
  static void add(std::vector<Range>& list, std::byte* at, std::size_t bytes) { list.push_back({at, bytes}); }
  void add_superblock(std::vector<Range>& list) const {
    add(list, reinterpret_cast<std::byte*>(&segment_.superblock()), offsetof(Superblock, counters));
  }
  std::byte* start_of(Table table) const {
    const std::uint64_t offset = segment_.layout().offset_of(table, 0);
    return reinterpret_cast<std::byte*>(&segment_.superblock()) + offset;
  }

  Segment& segment_;
  Book& book_;
};

/// One state: the ranges as they were, with their bytes.
class Image {
 public:
  explicit Image(const Memory& memory) {
    for (const Memory::Range& range : memory.ranges()) {
      parts_.push_back({range.at, {range.at, range.at + range.bytes}});
    }
  }

  bool is_same(const Memory& memory) const {
    const auto now = memory.ranges();
    if (now.size() != parts_.size()) return false;
    for (std::size_t i = 0; i < now.size(); ++i) {
      if (now[i].at != parts_[i].at || std::memcmp(now[i].at, parts_[i].bytes.data(), now[i].bytes) != 0) return false;
    }
    return true;
  }

  void restore() const {
    for (const auto& part : parts_) std::memcpy(part.at, part.bytes.data(), part.bytes.size());
  }

  std::uint64_t hash() const {
    std::uint64_t hash = 0xcbf2'9ce4'8422'2325;
    for (const auto& part : parts_) {
      for (std::size_t i = 0; i + 8 <= part.bytes.size(); i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, part.bytes.data() + i, 8);
        hash = (hash ^ word) * 0x9e37'79b9'7f4a'7c15;
        hash ^= hash >> 29;
      }
    }
    return hash;
  }

 private:
  struct Part {
    std::byte* at;
    std::vector<std::byte> bytes;
  };
  std::vector<Part> parts_;
};

struct Trace {
  std::vector<Image> images;
  std::uint64_t steps = 0;
};

inline constexpr std::uint64_t kStepsMax = 3'000'000;

/// Runs `child` to its second stop, from its first. It stops itself by SIGSTOP both times.
inline Trace trace(Child& child, const Memory& memory) {
  Trace result;
  int status = 0;
  EXPECT_EQ(::waitpid(child.pid(), &status, 0), child.pid());
  EXPECT_TRUE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP) << "the child died before it acted";
  if (!WIFSTOPPED(status)) return result;
  ::ptrace(PTRACE_SETOPTIONS, child.pid(), nullptr, PTRACE_O_EXITKILL);
  std::unordered_set<std::uint64_t> seen;
  result.images.emplace_back(memory);
  seen.insert(result.images.back().hash());
  Image last = result.images.back();
  for (; result.steps < kStepsMax; ++result.steps) {
    if (::ptrace(PTRACE_SINGLESTEP, child.pid(), nullptr, nullptr) != 0) break;
    if (::waitpid(child.pid(), &status, 0) != child.pid() || !WIFSTOPPED(status)) break;
    if (WSTOPSIG(status) == SIGSTOP) return result;
    if (WSTOPSIG(status) != SIGTRAP) break;
    if (last.is_same(memory)) continue;
    last = Image(memory);
    if (seen.insert(last.hash()).second) result.images.push_back(last);
  }
  ADD_FAILURE() << "the traced child did not come to its end: status " << status << " after " << result.steps
                << " steps";
  return result;
}

inline void stop_for_tracer() {
  ::raise(SIGSTOP);
}
inline void be_traced() {
  ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
}

}  // namespace buskin::test
