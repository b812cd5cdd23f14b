// Names: one open-addressing table of words; the text lies in a SAVED block that the slot names.
//
// Two inserters of one name collide on one cell, so duplicates cannot form.
// A name is 1 to 128 bytes of letters, digits, and . _ - / :
//
// Floor: segment.
#pragma once

#include <string>
#include <string_view>

#include "shm/segment/thread.hpp"

namespace buskin::shm {

enum class NameError : std::uint8_t {
  Taken,    ///< A living actor has it.
  BadName,  ///< Empty, longer than 128 bytes, or a character outside the set.
  Full,     ///< No free cell.
  NoMemory,
};

/// Names `id`, whose slot the caller reserved. On Taken, `holder` is who has it.
Result<Done, NameError> insert_name(Thread& thread, ActorId id, std::string_view name, ActorId& holder);
/// None (index 0) when nobody has it.
ActorId find_name(const Segment& segment, std::string_view name);
void remove_name(Thread& thread, ActorId id);
/// The name of `id`, copied; empty when it has none.
std::string name_of(const Segment& segment, ActorId id);

}  // namespace buskin::shm
