// parked_heap: the owner's side is an exchange; the searcher's side reads in the order that the header shows.
#include "shm/memory/parked_heap.hpp"

#include <unordered_map>

#include "shm/base/crash_point.hpp"
#include "shm/memory/units.hpp"
#include "shm/segment/size_class.hpp"

namespace buskin::shm {

namespace {

/// Heaps that this thread searches, by the index of their record.
class Search {
 public:
  Search(Segment& segment, ThreadIndex own) : segment_(segment), own_(own) {}
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;
  ~Search() { end(); }

  /// Is `owner` parked, and this thread its searcher?
  bool has(std::uint64_t owner) {
    if (owner >= segment_.layout().count_of(Table::Threads) || owner == to_bits(own_)) return false;
    Atomic<std::uint64_t>& use = segment_.thread(static_cast<ThreadIndex>(owner)).heap_use;
    // sync(heap_use): acquire. What the owner allocated before it parked. A unit's word that was read before this is
    //   older than the owner's next stamps.
    const std::uint64_t seen = use.load_acquire();
    if (const auto found = mine_.find(owner); found != mine_.end()) return seen == found->second.word;
    if (seen == HeapUse::kBusy) return false;
    const std::uint64_t word = HeapUse::searched(own_, next_span_stamp(segment_.thread(own_)));
    // sync(heap_use): acq_rel. As above. Another searcher finds that its search is over.
    if (!use.cas_acq_rel(seen, word)) return false;
    mine_[owner] = {word, seen != HeapUse::kParked};
    // crash(heap_searched): SEARCHED(dead): the owner, its repairer or the next searcher ends it.
    crash_point("heap_searched");
    return true;
  }
  void took(std::uint64_t owner) { mine_[owner].has_taken = true; }

 private:
  struct Searched {
    std::uint64_t word = 0;
    bool has_taken = false;  // This search or a former one.
  };

  void end() {
    for (const auto& [owner, searched] : mine_) {
      // sync(heap_use): acq_rel. The owner that sees it looks for its spans. When the CAS fails, the owner is busy, or
      //   another thread searches and will say the same.
      (void)segment_.thread(static_cast<ThreadIndex>(owner))
          .heap_use.cas_acq_rel(searched.word, searched.has_taken ? HeapUse::kTaken : HeapUse::kParked);
    }
  }

  Segment& segment_;
  ThreadIndex own_;
  std::unordered_map<std::uint64_t, Searched> mine_;
};

/// Reads beside the mapping: the owner may give the span back meanwhile, and then its pages may go.
bool looks_all_free(const Segment& segment, UnitIndex head, std::uint8_t size_class) {
  const std::byte* const data = segment.unit_data(head);
  for (std::uint64_t i = 0; i < span_blocks(size_class); ++i) {
    const auto header = segment.peek_header(segment.handle_of(data + i * kClassBytes[size_class]));
    if (!header || OwnerWord::unpack(header->own).state != BlockState::Free) return false;
  }
  return true;
}

}  // namespace

void park_heap(ThreadRecord& record) {
  // sync(heap_use): release. All that we allocated stands before it.
  record.heap_use.store_release(HeapUse::kParked);
}

bool unpark_heap(ThreadRecord& record) {
  // sync(heap_use): seq_cst. Before our next stamps: a searcher that reads one of them sees that its search is over.
  return record.heap_use.exchange_seq_cst(HeapUse::kBusy) != HeapUse::kParked;
}

std::uint32_t next_span_stamp(ThreadRecord& record) {
  // relaxed: only this thread writes it, or the one that has its record next.
  const std::uint64_t stamp = record.span_stamp.load_relaxed() + 1;
  record.span_stamp.store_relaxed(stamp);  // relaxed: as above.
  return static_cast<std::uint32_t>(stamp);
}

std::optional<UnitWord> stamp_span(Segment& segment, ThreadIndex thread, UnitIndex head) {
  const UnitWord from = unit_word(segment, head);
  if (from.state != UnitState::Span || from.owner != to_bits(thread)) return std::nullopt;
  UnitWord to = from;
  to.life = next_span_stamp(segment.thread(thread)) & UnitWord::kLifeMask;
  // sync(unit): acq_rel. A searcher that holds the former word takes nothing.
  if (!segment.unit(head).word.cas_acq_rel(from.pack(), to.pack())) return std::nullopt;
  return to;
}

std::uint64_t take_parked_spans(Segment& segment, ThreadIndex own, std::uint64_t units) {
  Search search(segment, own);
  std::uint64_t taken = 0;
  const std::uint64_t total = segment.layout().count_of(Table::Units);
  for (std::uint64_t i = 0; i < total && taken < units && segment.is_backed(Table::Units, i); ++i) {
    const auto head = static_cast<UnitIndex>(i);
    const UnitWord word = unit_word(segment, head);
    // The word first: one that is read while the search goes on is older than the stamps that end it.
    if (word.state != UnitState::Span || !search.has(word.owner)) continue;
    if (!looks_all_free(segment, head, word.size_class) || !release_units(segment, own, head, word)) continue;
    search.took(word.owner);
    taken += span_units(word.size_class);
  }
  return taken;
}

void end_search(Segment& segment, ThreadIndex dead) {
  // sync(heap_use): seq_cst. As in unpark_heap().
  (void)segment.thread(dead).heap_use.exchange_seq_cst(HeapUse::kBusy);
}

}  // namespace buskin::shm
