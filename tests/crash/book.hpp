// Book: what a process did until it died. It lies in shared memory beside the segment, so that a death cuts it where it
// cuts the rest.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "shm/base/atomic.hpp"
#include "shm/base/check.hpp"
#include "shm/base/result.hpp"

namespace buskin::test {

using namespace buskin::shm;
using Value = std::uint64_t;

/// One entry of the book.
struct Note {
  enum class Kind : std::uint64_t { Accepted = 1, Handled = 2, DeadLetter = 3 };
  Kind kind;
  Value value;
  std::uint64_t is_flagged;
};

/// A victim's call found no memory; it does nothing more.
struct NoMemory {};

/// The value, where there is memory for it.
template <class T, class E>
T need(Result<T, E> result) {
  if (!result.ok()) throw NoMemory{};
  return std::move(result).value();
}

struct Book {
  static constexpr std::size_t kNotesMax = 500;
  Atomic<std::uint64_t> extra;    ///< A word of the scenario's own.
  Atomic<std::uint64_t> refused;  ///< How often a test has refused memory.
  Atomic<std::uint64_t> count;
  std::array<Note, kNotesMax> notes;

  void note(Note::Kind kind, Value value, bool is_flagged) {
    const std::uint64_t at = count.load_relaxed();
    BUSKIN_CHECK(at < kNotesMax);
    notes[at] = {kind, value, is_flagged};
    crash_order();
    count.store_relaxed(at + 1);
    crash_order();
  }
};

}  // namespace buskin::test
