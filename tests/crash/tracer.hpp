// Tracer: runs a child one instruction at a time and keeps every distinct state of the shared memory.
//
// A killed thread leaves a prefix of its program order, so these states are exactly what a kill can
// leave. The code under test is the release build, without any hooks.
//
// Counters, clocks and the ready maps (hints) do not make a state a new one.
#pragma once

#include <sys/ptrace.h>

#include <cstring>
#include <memory>
#include <unordered_set>

#include "shm/segment/size_class.hpp"
#include "shm/log/log_ring.hpp"
#include "tests/crash/world.hpp"

namespace buskin::test {

struct Range {
  std::byte* at;
  std::size_t bytes;
};

/// Where in this process the segment's words lie that belong to a state, and the book behind it.
class Memory {
 public:
  Memory(Segment& segment, Book& book) : segment_(segment), book_(book) {}

  /// All that an image keeps: tables, records, and the units in use.
  std::vector<Range> kept() const {
    std::vector<Range> list = tables();
    for_each_unit([&](std::byte* data, UnitWord word) {
      list.push_back({data, word.state == UnitState::Run ? kWatchedBytes : kPieceBytes});
    });
    for_each_log([&](std::byte* ring) { list.push_back({ring, kRingBytes}); });
    return list;
  }

  /// What is compared after each instruction: of a unit its start, and the headers of larger blocks. What
  /// lies behind is written only while a span is made, which nobody can see before its head says so.
  std::vector<Range> watched() const {
    std::vector<Range> list = tables();
    for_each_unit([&](std::byte* data, UnitWord word) {
      list.push_back({data, kWatchedBytes});
      const bool is_span = word.state == UnitState::Span || word.state == UnitState::Orphan;
      const std::uint64_t step = is_span ? kClassBytes[word.size_class] : kPieceBytes;
      for (std::uint64_t at = step; step >= kHeadersApart && at < kPieceBytes; at += step)
        list.push_back({data + at, 64});
    });
    for_each_log([&](std::byte* ring) {  // Its header and first lines, and its end.
      list.push_back({ring, kWatchedBytes});
      list.push_back({ring + kRingBytes - kWatchedBytes, kWatchedBytes});
    });
    return list;
  }

  std::byte* unit_table() const { return reinterpret_cast<std::byte*>(&segment_.unit(UnitIndex{0})); }
  std::size_t unit_table_bytes() const { return segment_.layout().count_of(Table::Units) * sizeof(UnitRow); }

 private:
  static constexpr std::size_t kWatchedBytes = 4'096;
  static constexpr std::uint64_t kHeadersApart = 1'024;
  static constexpr std::size_t kRingBytes = kLogPieces * kPieceBytes;

  std::vector<Range> tables() const {
    std::vector<Range> list;
    auto* const start = reinterpret_cast<std::byte*>(&segment_.superblock());
    list.push_back({start, offsetof(Superblock, counters)});
    for (const Table table :
         {Table::Backed, Table::Processes, Table::Replies, Table::Names, Table::Units, Table::Actors}) {
      const Layout& layout = segment_.layout();
      const std::uint64_t bytes = layout.entry_bytes[static_cast<std::size_t>(table)] * layout.count_of(table);
      list.push_back({start + layout.offset_of(table, 0), bytes});
    }
    for (std::uint64_t i = 1; i < segment_.layout().count_of(Table::Threads); ++i) {
      auto* const record = reinterpret_cast<std::byte*>(&segment_.thread(static_cast<ThreadIndex>(i)));
      list.push_back({record, offsetof(ThreadRecord, counters)});
    }
    list.push_back({reinterpret_cast<std::byte*>(&book_), sizeof(Book)});
    return list;
  }

  template <class Visit>
  void for_each_unit(Visit visit) const {
    for (std::uint64_t unit = 0; unit < segment_.layout().count_of(Table::Units); ++unit) {
      const auto word = UnitWord::unpack(segment_.unit(static_cast<UnitIndex>(unit)).word.load_relaxed());
      if (word.state == UnitState::Free || word.state == UnitState::Continued) continue;
      visit(segment_.unit_data(static_cast<UnitIndex>(unit)), word);
    }
  }

  template <class Visit>
  void for_each_log(Visit visit) const {
    for (std::uint64_t i = 1; i < segment_.layout().count_of(Table::Processes); ++i) {
      const auto process = static_cast<ProcessIndex>(i);
      if (has_log(segment_, process)) visit(reinterpret_cast<std::byte*>(&log_header(segment_, process)));
    }
  }

  Segment& segment_;
  Book& book_;
};

/// Bytes of some ranges as they were.
class Copy {
 public:
  explicit Copy(std::vector<Range> ranges) : ranges_(std::move(ranges)) {
    for (const Range& range : ranges_) bytes_.insert(bytes_.end(), range.at, range.at + range.bytes);
  }

  bool is_same() const {
    return for_each(
        [](const Range& range, const std::byte* bytes) { return std::memcmp(range.at, bytes, range.bytes) == 0; });
  }
  void restore() const {
    for_each([](const Range& range, const std::byte* bytes) {
      return std::memcpy(range.at, bytes, range.bytes) != nullptr;
    });
  }
  std::uint64_t hash() const {
    std::uint64_t hash = 0xcbf2'9ce4'8422'2325;
    for (std::size_t i = 0; i + 8 <= bytes_.size(); i += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes_.data() + i, 8);
      hash = (hash ^ word) * 0x9e37'79b9'7f4a'7c15;
      hash ^= hash >> 29;
    }
    return hash;
  }

 private:
  template <class Visit>
  bool for_each(Visit visit) const {
    const std::byte* at = bytes_.data();
    for (const Range& range : ranges_) {
      if (!visit(range, at)) return false;
      at += range.bytes;
    }
    return true;
  }

  std::vector<Range> ranges_;
  std::vector<std::byte> bytes_;
};

/// One state of the segment and the book.
using Image = Copy;

/// Tells whether the last instruction changed what is watched.
class Watch {
 public:
  explicit Watch(const Memory& memory) : memory_(memory) { look(); }
  bool has_changed() {
    if (units_->is_same() && words_->is_same()) return false;
    look();
    return true;
  }

 private:
  void look() {
    units_ = std::make_unique<Copy>(std::vector<Range>{{memory_.unit_table(), memory_.unit_table_bytes()}});
    words_ = std::make_unique<Copy>(memory_.watched());
  }

  const Memory& memory_;
  std::unique_ptr<Copy> units_;
  std::unique_ptr<Copy> words_;
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
  result.images.emplace_back(memory.kept());
  seen.insert(result.images.back().hash());
  Watch watch(memory);
  for (; result.steps < kStepsMax; ++result.steps) {
    if (::ptrace(PTRACE_SINGLESTEP, child.pid(), nullptr, nullptr) != 0) break;
    if (::waitpid(child.pid(), &status, 0) != child.pid() || !WIFSTOPPED(status)) break;
    if (WSTOPSIG(status) == SIGSTOP) return result;
    if (WSTOPSIG(status) != SIGTRAP) break;
    if (!watch.has_changed()) continue;
    Image image(memory.kept());
    if (seen.insert(image.hash()).second) result.images.push_back(std::move(image));
  }
  ADD_FAILURE() << "the traced child did not come to its end: status " << status << " after " << result.steps
                << " steps";
  return result;
}

/// Some containers forbid it.
inline bool may_trace() {
  Child child([] { return ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0 ? 0 : 1; });
  return child.wait() == 0;
}

inline void stop_for_tracer() {
  ::raise(SIGSTOP);
}
inline void be_traced() {
  ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
}

}  // namespace buskin::test
