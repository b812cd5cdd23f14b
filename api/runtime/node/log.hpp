// log: the one door to the log library. Lines go to stderr with the actor's name.
#pragma once

#include <span>
#include <string_view>

#include "buskin/log_field.hpp"
#include "buskin/options.hpp"

namespace buskin::runtime {

/// Threads: any.
void write_log(Level level, std::string_view who, std::string_view event, std::span<const LogField> fields = {});

}  // namespace buskin::runtime
