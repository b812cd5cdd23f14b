// Names: one open-addressing table of words; the text lies in a SAVED block that the slot names.
//
// Two inserters of one name collide on one cell, so duplicates cannot form. Which table
// counts says registry.hpp; when it is copied, compaction.hpp.
// A name is 1 to 128 bytes of letters, digits, and . _ - / :
#pragma once

#include <string>
#include <string_view>

#include "shm/memory/thread.hpp"

namespace buskin::shm {

enum class NameError : std::uint8_t {
  Taken,    ///< A living actor has it.
  BadName,  ///< Empty, longer than 128 bytes, or a character outside the set.
  Full,     ///< No free cell.
  Busy,     ///< The table is being copied, and that took longer than kInsertMax_ns: its admin is stopped, or dead.
  NoMemory,
};

/// How long an insertion waits for a table that is being copied.
inline constexpr std::uint64_t kInsertMax_ns = 2'000'000'000;

/// Names `id`, whose slot the caller reserved. On Taken, `holder` is who has it.
Result<Done, NameError> insert_name(Thread& thread, ActorId id, std::string_view name, ActorId& holder);
/// None (index 0) when nobody has it.
ActorId find_name(const Segment& segment, std::string_view name);
void remove_name(Thread& thread, ActorId id);
/// The name of `id`, copied; empty when it has none.
std::string name_of(const Segment& segment, ActorId id);

// For compaction.cpp: what the cells are made of.

/// Where a name's way begins.
std::uint64_t hash_of_name(std::string_view name);
/// The name of whoever has the slot; empty when it has none.
std::string text_of_name(const Segment& segment, ActorIndex index);
/// The living actor that the entry `word` names; None for a tombstone and for one that is gone.
ActorId holder_of_entry(const Segment& segment, std::uint64_t word);

}  // namespace buskin::shm
