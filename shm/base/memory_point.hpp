// memory_point: a place where memory may be refused: a block, or the pages behind one.
//
// In the library as shipped it does nothing; a test program that is compiled with BUSKIN_CRASH_POINTS refuses there
// what it has armed.
#pragma once

#include <cstdint>

namespace buskin::shm {

enum class MemoryPoint : std::uint8_t { Block, Page };

#ifdef BUSKIN_CRASH_POINTS
struct RefusedMemory {
  MemoryPoint point{};
  std::uint64_t first = ~std::uint64_t{0};  ///< This one, counted from the moment of arming.
  std::uint64_t count = 1;                  ///< And those behind it.
  std::uint64_t passed = 0;
  std::uint64_t refused = 0;
};
inline RefusedMemory refused_memory;

inline bool is_memory_refused(MemoryPoint point) {
  if (point != refused_memory.point || refused_memory.first == ~std::uint64_t{0}) return false;
  const std::uint64_t own = refused_memory.passed++;
  if (own < refused_memory.first || own - refused_memory.first >= refused_memory.count) return false;
  ++refused_memory.refused;
  return true;
}
#else
constexpr bool is_memory_refused(MemoryPoint) { return false; }
#endif

}  // namespace buskin::shm
