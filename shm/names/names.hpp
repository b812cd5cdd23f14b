// Names: one open-addressing table of words; the text lies in a SAVED block that the slot names.
//
// Two inserters of one name collide on one cell, so duplicates cannot form. Which table counts, and when
// it is copied, is the subject of name_table.hpp and name_compaction.hpp.
// A name is 1 to 128 bytes of letters, digits, and . _ - / :
#pragma once

#include <string>
#include <string_view>

#include "shm/memory/thread.hpp"

namespace buskin::shm {

enum class NameError : std::uint8_t {
  Taken,    ///< A living actor has the name.
  BadName,  ///< Empty, longer than 128 bytes, or a character outside the set.
  Full,     ///< The table has no free cell.
  Busy,     ///< The table is being copied, and that took longer than kInsertMax_ns: its admin is stopped, or dead.
  NoMemory,  ///< The memory file system is full.
};

/// How long an insertion waits for a table that is being copied.
inline constexpr std::uint64_t kInsertMax_ns = 2'000'000'000;

/// Names `id`, whose slot the caller reserved. On Taken, `holder` is the actor that has the name.
Result<Done, NameError> insert_name(Thread& thread, ActorId id, std::string_view name, ActorId& holder);
/// The living actor of that name; None (index 0) when there is none.
ActorId find_name(const Segment& segment, std::string_view name);
/// Takes the name of `id` away; without effect when it has none.
void remove_name(Thread& thread, ActorId id);
/// The name of `id`, copied; empty when it has none.
std::string name_of(const Segment& segment, ActorId id);

// For name_compaction.cpp: the parts of an entry.

/// Where a name's way begins.
std::uint64_t hash_of_name(std::string_view name);
/// The name of the actor in the slot; empty when it has none.
std::string text_of_name(const Segment& segment, ActorIndex index);
/// The living actor that the entry `word` names; None for a tombstone and for an actor that is gone.
ActorId holder_of_entry(const Segment& segment, std::uint64_t word);

}  // namespace buskin::shm
