// process_table: the entries of the process table that are in use.
#pragma once

#include <cstdint>

#include "shm/segment/process_entry.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::shm {

/// Calls `visit(ProcessIndex, const ProcessEntry&, ProcessWord)` for each entry that is not FREE. Entries may
/// change meanwhile. Cost: a look at each entry that was ever used.
template <class Visit>
void for_each_process(const Segment& segment, Visit visit) {
  const std::uint64_t count = segment.layout().count_of(Table::Processes);
  for (std::uint64_t i = 1; i < count && segment.is_backed(Table::Processes, i); ++i) {
    const auto index = static_cast<ProcessIndex>(i);
    const ProcessEntry& entry = segment.process(index);
    const ProcessWord word = word_of(entry);
    if (word.state != ProcessState::Free) visit(index, entry, word);
  }
}

}  // namespace buskin::shm
