// log: writes log lines to stderr, with the name of the actor. Only this file uses the log library.
#pragma once

#include <span>
#include <string_view>

#include "buskin/log_field.hpp"
#include "buskin/options.hpp"

namespace buskin::runtime {

/// Threads: any.
void write_log(Level level, std::string_view who, std::string_view event, std::span<const LogField> fields = {});

}  // namespace buskin::runtime
