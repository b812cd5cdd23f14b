// Tables: the sizes of the segments that tests make, by name.
#pragma once

#include <cstdint>

#include "shm/segment/superblock.hpp"

namespace buskin::test {

/// Each table is full after a few entries.
inline constexpr shm::TableCounts kTinyTables{.processes = 4,
                                              .threads = 8,
                                              .actors = 16,
                                              .types = 64,
                                              .links = 4,
                                              .replies = 16,
                                              .faults = 4,
                                              .ready_bits = 300,
                                              .units = 32};

/// Room for the work of one process.
inline constexpr shm::TableCounts kSmallTables{.processes = 4,
                                               .threads = 64,
                                               .actors = 4'096,
                                               .types = 64,
                                               .links = 4,
                                               .replies = 16,
                                               .faults = 4,
                                               .ready_bits = 300'000,
                                               .units = 2'048};

/// A table of names that can be compacted in a few milliseconds.
inline constexpr shm::TableCounts kCompactionTables{.processes = 4,
                                                    .threads = 64,
                                                    .actors = 1'024,
                                                    .types = 64,
                                                    .links = 4,
                                                    .replies = 16,
                                                    .faults = 4,
                                                    .ready_bits = 8'192,
                                                    .units = 512};

/// Every step on such a segment is simulated, for thousands of segments.
inline constexpr shm::TableCounts kSimTables{.processes = 4,
                                             .threads = 16,
                                             .actors = 64,
                                             .types = 4,
                                             .links = 4,
                                             .replies = 4,
                                             .faults = 4,
                                             .ready_bits = 8'192,
                                             .units = 32};

/// Entries for processes that are killed while others replace them.
inline constexpr shm::TableCounts kStormTables{.processes = 32,
                                               .threads = 30,
                                               .actors = 128,
                                               .types = 64,
                                               .links = 4,
                                               .replies = 16,
                                               .faults = 4,
                                               .ready_bits = 300,
                                               .units = 32};

/// Room for a few actor processes with the whole runtime.
inline constexpr shm::TableCounts kHostTables{.processes = 64,
                                              .threads = 256,
                                              .actors = 4'096,
                                              .types = 256,
                                              .links = 4,
                                              .replies = 16,
                                              .faults = 16,
                                              .ready_bits = 4'096,
                                              .units = 4'096};

/// With a reserve of `units` on top.
constexpr shm::TableCounts with_reserve(shm::TableCounts counts, std::uint32_t units) {
  counts.units += units;
  counts.reserve_units = units;
  return counts;
}

constexpr shm::TableCounts with_units(shm::TableCounts counts, std::uint32_t units) {
  counts.units = units;
  return counts;
}

constexpr shm::TableCounts with_actors(shm::TableCounts counts, std::uint32_t actors) {
  counts.actors = actors;
  return counts;
}

}  // namespace buskin::test
