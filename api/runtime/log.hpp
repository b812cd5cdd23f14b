// log: the one door to the log library. Lines go to stderr with the actor's name.
// Floor: runtime.
#pragma once

#include <string_view>

#include "buskin/options.hpp"

namespace buskin::runtime {

/// Threads: any.
void write_log(Level level, std::string_view who, std::string_view text);

}  // namespace buskin::runtime
