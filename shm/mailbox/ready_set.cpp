// ReadySet: all accesses are seq_cst, as in wake.cpp: a sender and a host that falls asleep look for each other's word.
#include "shm/mailbox/ready_set.hpp"

#include <bit>

namespace buskin::shm {

namespace {

constexpr std::uint64_t kBitsPerWord = 64;
constexpr std::uint64_t kLeafLevel = kReadyLevels - 1;

/// Position of a level's first word from the start of a map. Leaves start on a line of their own.
constexpr std::uint64_t first_word(std::size_t level) {
  if (level == kLeafLevel) return kReadySummaryBytes / sizeof(std::uint64_t);
  std::uint64_t first = 0;
  for (std::size_t above = 0; above < level; ++above) first += kReadyLevelWords[above];
  return first;
}

/// Where bit `bit` of the map shows at `level`: 6 bits of it are left behind per level.
constexpr std::uint64_t summary_of(std::uint32_t bit, std::size_t level) { return bit >> 6 * (kLeafLevel - level); }

}  // namespace

Result<Done, MemoryError> ReadySet::back_map(Segment& segment, ProcessIndex process, std::uint32_t bit) {
  if (bit >= segment.superblock().counts.ready_bits) return Failure{MemoryError::TableFull};
  return segment.back_part(Table::Ready, to_bits(process), kReadySummaryBytes + bit / 8 + 1);
}

void ReadySet::back_spare_map(Segment& segment) {
  const std::uint64_t count = segment.layout().count_of(Table::Processes);
  std::uint64_t spare = 0;
  for (std::uint64_t i = 1; i < count && segment.is_backed(Table::Processes, i); ++i) {
    const auto index = static_cast<ProcessIndex>(i);
    if (word_of(segment.process(index)).state != ProcessState::Free) continue;
    if (has_map(segment, index)) return;
    if (spare == 0) spare = i;
  }
  if (spare != 0) (void)back_map(segment, static_cast<ProcessIndex>(spare), 0);
}

bool ReadySet::has_map(const Segment& segment, ProcessIndex process) {
  return segment.is_begun(Table::Ready, to_bits(process));
}

Atomic<std::uint64_t>& ReadySet::word(std::size_t level, std::uint64_t index) const {
  auto* const words = &segment_->row<Atomic<std::uint64_t>>(Table::Ready, to_bits(process_));
  return words[first_word(level) + index];
}

bool ReadySet::any() const {
  // sync(ready): seq_cst. After the sleep bit was set; the partner is set() before its look at `ev`.
  return word(0, 0).load_seq_cst() != 0;
}

void ReadySet::set(std::uint32_t bit) {
  for (std::size_t level = kReadyLevels; level-- > 0;) {
    const std::uint64_t place = summary_of(bit, level);
    Atomic<std::uint64_t>& cell = word(level, place / kBitsPerWord);
    const std::uint64_t mask = std::uint64_t{1} << place % kBitsPerWord;
    // sync(ready): seq_cst. Leaf first, then upwards; take() clears downwards. So a sender that still
    //   sees a bit set here knows that take() has yet to exchange this word, and will find what is below.
    if ((cell.load_seq_cst() & mask) == 0) cell.or_seq_cst(mask);
  }
}

void ReadySet::take(std::vector<std::uint32_t>& bits) { take_below(0, 0, bits); }

void ReadySet::take_below(std::size_t level, std::uint64_t index, std::vector<std::uint32_t>& bits) {
  Atomic<std::uint64_t>& cell = word(level, index);
  // sync(ready): seq_cst. The summary is cleared before what it summarises; see set().
  std::uint64_t set_bits = cell.load_seq_cst() == 0 ? 0 : cell.exchange_seq_cst(0);
  for (; set_bits != 0; set_bits &= set_bits - 1) {
    const std::uint64_t place = index * kBitsPerWord + static_cast<std::uint64_t>(std::countr_zero(set_bits));
    if (level == kLeafLevel) {
      bits.push_back(static_cast<std::uint32_t>(place));
    } else {
      take_below(level + 1, place, bits);
    }
  }
}

}  // namespace buskin::shm
