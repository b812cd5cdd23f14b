// heap: spans and cursors of one thread.
//
// A round looks at every block of a class's spans once. When it finds less than a quarter of them free,
// the heap grows by a quarter, so that an allocation looks at a constant number of blocks. A span that
// proved nearly full is left out of the next round.
#include "shm/memory/heap.hpp"

#include <algorithm>

#include "shm/base/crash_point.hpp"
#include "shm/segment/counters.hpp"
#include "shm/segment/size_class.hpp"
#include "shm/memory/units.hpp"

namespace buskin::shm {

namespace {

constexpr std::uint32_t kPrefetchAhead = 8;    // Blocks; their addresses are known beforehand.
constexpr std::uint32_t kGrowShare = 4;        // Less than one in so many free: grow by one in so many.
constexpr std::uint32_t kSkipShare = 8;        // Less than one in so many free: left out of the next round.
constexpr std::uint64_t kOrphansLooked = 64;   // Units looked at for an orphan before a fresh span is claimed.
constexpr std::uint64_t kRunBytesMax = kPayloadMax + 4'096;  // A payload of 4 GiB with its header.

struct Span {
  UnitIndex head{};
  std::byte* data = nullptr;
  bool is_left_out = false;
};

/// One size class: its spans, and where this round is.
struct ClassHeap {
  std::vector<Span> spans{};
  std::size_t at = 0;            // Span under the cursor.
  std::uint32_t cursor = 0;      // Next block in it.
  std::uint32_t span_found = 0;  // Free ones met in it.
  std::uint64_t looked = 0;      // In this round.
  std::uint64_t found = 0;
  std::size_t grow_by = 0;       // Spans to claim before the next round.
};

}  // namespace

struct Heap::State {
  explicit State(Heap& heap) : owner(heap), segment(heap.segment_), thread(heap.thread_) {}

  Handle look_in_span(ClassHeap& heap, std::size_t size_class);
  bool next_span(ClassHeap& heap);
  void begin_round(ClassHeap& heap, bool is_whole);
  Result<Handle, MemoryError> find(std::size_t size_class);
  Result<Done, MemoryError> grow(std::size_t size_class);
  bool adopt_orphan(std::size_t size_class);
  Result<UnitIndex, MemoryError> take(std::uint64_t count);
  std::uint64_t shed();
  void stamp_spans();
  template <class IsGone>
  std::uint64_t remove_spans(IsGone is_gone);
  void add_span(std::size_t size_class, const Span& span) {
    classes[size_class].spans.push_back(span);
    owner.units_ += span_units(size_class);
  }
  std::uint32_t new_stamp() const { return next_span_stamp(segment.thread(thread)) & UnitWord::kLifeMask; }
  Result<Handle, MemoryError> allocate_run(std::uint64_t bytes);
  void leave();

  void count(Counter counter) const { shm::count(segment.thread(thread), counter); }
  std::uint32_t id() const { return static_cast<std::uint32_t>(to_bits(thread)); }

  Heap& owner;
  Segment& segment;
  ThreadIndex thread;
  std::uint64_t orphan_cursor = 0;
  std::uint64_t looked_total = 0;  // In rounds that are over.
  std::array<ClassHeap, kClassCount> classes{};
};

Handle Heap::State::look_in_span(ClassHeap& heap, std::size_t size_class) {
  const std::uint64_t bytes = kClassBytes[size_class];
  const std::uint32_t blocks = span_blocks(size_class);
  std::byte* const data = heap.spans[heap.at].data;
  while (heap.cursor < blocks) {
    auto* const block = reinterpret_cast<BlockHeader*>(data + heap.cursor * bytes);
    if (heap.cursor + kPrefetchAhead < blocks) {
      __builtin_prefetch(reinterpret_cast<std::byte*>(block) + kPrefetchAhead * bytes);
    }
    ++heap.cursor;
    ++heap.looked;
    if (!owner.hold(*block)) continue;
    ++heap.found;
    ++heap.span_found;
    return segment.handle_of(block);
  }
  return Handle::None;
}

/// To the next span of this round. False when the round is over.
bool Heap::State::next_span(ClassHeap& heap) {
  if (heap.at < heap.spans.size()) {
    heap.spans[heap.at].is_left_out = heap.span_found < heap.cursor / kSkipShare;
    ++heap.at;
  }
  heap.cursor = 0;
  heap.span_found = 0;
  while (heap.at < heap.spans.size() && std::exchange(heap.spans[heap.at].is_left_out, false)) ++heap.at;
  return heap.at < heap.spans.size();
}

void Heap::State::begin_round(ClassHeap& heap, bool is_whole) {
  if (is_whole) {
    for (Span& span : heap.spans) span.is_left_out = false;
  }
  heap.at = heap.spans.size();
  looked_total += std::exchange(heap.looked, 0);
  heap.found = 0;
  heap.cursor = heap.span_found = 0;
  for (std::size_t i = heap.spans.size(); i-- > 0;) {
    if (!heap.spans[i].is_left_out) heap.at = i;
  }
  for (std::size_t i = 0; i < std::min(heap.at, heap.spans.size()); ++i) heap.spans[i].is_left_out = false;
}

Result<Handle, MemoryError> Heap::State::find(std::size_t size_class) {
  ClassHeap& heap = classes[size_class];
  bool is_last_look = false;
  // Ends: each turn uses up a span, begins one more round, or grows; the round after a failed growth is the last.
  for (;;) {
    if (heap.at < heap.spans.size()) {
      const Handle handle = look_in_span(heap, size_class);
      if (handle != Handle::None) return handle;
      if (next_span(heap)) continue;
    }
    // A round that looked at nothing left all spans out, and the next one leaves out none.
    const bool is_worth_another = heap.looked == 0 || heap.found * kGrowShare >= heap.looked;
    if (heap.grow_by == 0 && !is_last_look && !heap.spans.empty() && is_worth_another) {
      begin_round(heap, false);
      continue;
    }
    if (heap.grow_by == 0) heap.grow_by = heap.spans.size() / kGrowShare + 1;
    const auto grown = grow(size_class);
    if (grown.ok()) {
      if (--heap.grow_by == 0) {
        looked_total += std::exchange(heap.looked, 0);
        heap.found = 0;
      }
      continue;
    }
    if (is_last_look) return Failure{grown.error()};
    is_last_look = true;
    begin_round(heap, true);
  }
}

/// Puts the cursor at the start of one more span.
Result<Done, MemoryError> Heap::State::grow(std::size_t size_class) {
  ClassHeap& heap = classes[size_class];
  if (!adopt_orphan(size_class)) {
    const std::uint64_t units = span_units(size_class);
    const auto head = take(units);
    if (!head.ok()) return Failure{head.error()};
    const std::uint64_t base = gen_base_of(segment, head.value(), units);
    std::byte* const data = segment.unit_data(head.value());
    for (std::uint64_t i = 0; i < span_blocks(size_class); ++i) {
      auto* const block = reinterpret_cast<BlockHeader*>(data + i * kClassBytes[size_class]);
      // relaxed: published with the unit's word.
      block->own.store_relaxed(OwnerWord::free(base).pack());
    }
    const UnitWord span{UnitState::Span, static_cast<std::uint8_t>(size_class), true, id(), new_stamp()};
    commit_units(segment, thread, head.value(), units, span);
    count(Counter::SpansTaken);
    add_span(size_class, {head.value(), data});
  }
  heap.at = heap.spans.size() - 1;
  heap.cursor = heap.span_found = 0;
  return Done{};
}

/// Takes over a span of this class that a dead or finished thread left. Looks at a few units only.
bool Heap::State::adopt_orphan(std::size_t size_class) {
  const std::uint64_t total = segment.layout().count_of(Table::Units);
  for (std::uint64_t i = 0; i < kOrphansLooked; ++i, ++orphan_cursor) {
    if (orphan_cursor >= total || !segment.is_backed(Table::Units, orphan_cursor)) orphan_cursor = 0;
    if (!segment.is_backed(Table::Units, orphan_cursor)) return false;
    const auto head = static_cast<UnitIndex>(orphan_cursor);
    const UnitWord orphan = unit_word(segment, head);
    if (orphan.state != UnitState::Orphan || orphan.size_class != size_class) continue;
    UnitWord span = orphan;
    span.state = UnitState::Span;
    span.owner = id();
    span.life = new_stamp();
    // sync(unit): acq_rel. From here on only we allocate from it.
    if (!segment.unit(head).word.cas_acq_rel(orphan.pack(), span.pack())) continue;
    // crash(span_adopted): a dead thread owns the span: its repairer makes it an orphan again.
    crash_point("span_adopted");
    count(Counter::SpansAdopted);
    add_span(size_class, {head, segment.unit_data(head)});
    return true;
  }
  return false;
}

Result<UnitIndex, MemoryError> Heap::State::take(std::uint64_t count) {
  auto first = take_units(segment, thread, count);
  if (!first.ok() && shed() != 0) first = take_units(segment, thread, count);
  // As many units as are missing; then, as those need not lie side by side, all that there are.
  for (const std::uint64_t wanted : {count, segment.layout().count_of(Table::Units)}) {
    if (first.ok() || take_parked_spans(segment, thread, wanted) == 0) return first;
    first = take_units(segment, thread, count);
  }
  return first;
}

/// Gives back our own spans in which nothing is in use. Returns how many.
std::uint64_t Heap::State::shed() {
  return remove_spans([&](const Span& span, std::uint8_t size_class) {
    return is_all_free(segment, span.head, size_class) &&
           release_units(segment, thread, span.head, unit_word(segment, span.head));
  });
}

/// Returns how many.
template <class IsGone>
std::uint64_t Heap::State::remove_spans(IsGone is_gone) {
  std::uint64_t removed = 0;
  for (ClassHeap& heap : classes) {
    const auto size_class = static_cast<std::uint8_t>(&heap - classes.data());
    const auto kept = std::remove_if(heap.spans.begin(), heap.spans.end(),
                                     [&](const Span& span) { return is_gone(span, size_class); });
    if (kept == heap.spans.end()) continue;
    const auto count = static_cast<std::uint64_t>(heap.spans.end() - kept);
    removed += count;
    owner.units_ -= count * span_units(size_class);
    heap.spans.erase(kept, heap.spans.end());
    owner.caches_[size_class].count = 0;  // Some of them may lie in a span that is gone.
    begin_round(heap, true);
  }
  return removed;
}

/// Other threads may have taken spans. Those that are left get a new stamp before a block of them is used.
void Heap::State::stamp_spans() {
  (void)remove_spans([&](const Span& span, std::uint8_t) { return !stamp_span(segment, thread, span.head); });
  owner.recent_word_ = 0;
}

Result<Handle, MemoryError> Heap::State::allocate_run(std::uint64_t bytes) {
  if (bytes > kRunBytesMax) return Failure{MemoryError::TooBig};
  const std::uint64_t units = (bytes + kPieceBytes - 1) / kPieceBytes;
  const auto head = take(units);
  if (!head.ok()) return Failure{head.error()};
  const std::uint64_t gen = gen_base_of(segment, head.value(), 1) + 1;
  auto* const block = reinterpret_cast<BlockHeader*>(segment.unit_data(head.value()));
  // relaxed: published with the unit's word.
  block->own.store_relaxed(OwnerWord::held(thread, gen).pack());
  crash_order();
  const UnitWord run{UnitState::Run, kRunClass, true, static_cast<std::uint32_t>(units),
                     static_cast<std::uint32_t>(gen) & UnitWord::kLifeMask};
  commit_units(segment, thread, head.value(), units, run);
  count(Counter::RunsTaken);
  return segment.handle_of(block);
}

/// The spans outlive us: empty ones go back, the others wait for an adopter.
void Heap::State::leave() {
  (void)shed();
  for (ClassHeap& heap : classes) {
    for (const Span& span : heap.spans) {
      UnitWord word = unit_word(segment, span.head);
      const std::uint64_t from = word.pack();
      word.state = UnitState::Orphan;
      word.owner = 0;
      // sync(unit): acq_rel. Its adopter allocates after all that we did.
      (void)segment.unit(span.head).word.cas_acq_rel(from, word.pack());
    }
  }
}

Heap::Heap(Segment& segment, ThreadIndex thread)
    : segment_(segment), thread_(thread), state_(std::make_unique<State>(*this)) {}

Heap::~Heap() {
  unpark();
  state_->leave();
}

void Heap::unpark() {
  if (!std::exchange(is_parked_, false)) return;
  if (unpark_heap(segment_.thread(thread_))) state_->stamp_spans();
}

/// When the cache has no block: a run, or the next FREE block under the cursor. The reserve is for those that find
/// neither.
Result<Handle, MemoryError> Heap::find(std::uint64_t bytes) {
  const std::size_t size_class = class_of(bytes);
  auto found = size_class == kClassCount ? state_->allocate_run(bytes) : state_->find(size_class);
  // Where there is no room for a span of 1 MiB, the block gets units of its own.
  const bool is_large = size_class != kClassCount && span_units(size_class) > 1;
  if (!found.ok() && is_large) found = state_->allocate_run(bytes);
  if (found.ok()) return found;
  const Handle reserved = take_reserved(segment_, thread_, bytes, purpose_);
  return reserved != Handle::None ? Result<Handle, MemoryError>(reserved) : found;
}

/// The freed block is of another class, behind the head of a large span, in a foreign span, or a run.
void Heap::freed_elsewhere(Handle handle, std::uint64_t gen, UnitWord word) {
  UnitIndex head = segment_.unit_of(handle);
  if (word.state == UnitState::Continued) {
    head = static_cast<UnitIndex>(word.owner);
    word = unit_word(segment_, head);
  }
  if (word.state == UnitState::Run) {
    if (word.life != (gen & UnitWord::kLifeMask)) return;  // It was given back, and taken again.
    if (release_units(segment_, thread_, head, word)) state_->count(Counter::RunsReturned);
    return;
  }
  if (word.state != UnitState::Span || word.owner != to_bits(thread_)) return;
  recent_word_ = word.pack();
  recent_cache_ = &caches_[word.size_class];
  recent_cache_->push(handle);
}

bool Heap::free_exact(Handle handle, std::uint64_t own) {
  const std::uint64_t gen = OwnerWord::unpack(own).gen;
  // sync(free_block): release. As in free().
  if (!segment_.block(handle).own.cas_release(own, OwnerWord::free(gen).pack())) return false;
  freed(handle, gen);
  return true;
}

std::uint64_t Heap::looked_count() const {
  std::uint64_t looked = state_->looked_total;
  for (const ClassHeap& heap : state_->classes) looked += heap.looked;
  return looked;
}

std::uint64_t block_bytes(const Segment& segment, Handle handle) {
  const UnitWord word = unit_word(segment, head_of(segment, handle));
  if (word.state == UnitState::Run) return std::uint64_t{word.owner} * kPieceBytes;
  BUSKIN_CHECK(word.size_class < kClassCount);
  return kClassBytes[word.size_class];
}

}  // namespace buskin::shm
