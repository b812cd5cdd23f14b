// log: writes log lines to stderr, or where they were diverted to, with the name of the actor. Only this file and the
// admin use the log library.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "buskin/log_field.hpp"
#include "buskin/options.hpp"

namespace buskin::runtime {

/// Threads: any.
void write_log(Level level, std::string_view who, std::string_view event, std::span<const LogField> fields = {});

/// Takes a line without its end. False when it cannot: then the line goes to stderr.
using TakeLine = std::function<bool(std::string_view line)>;

/// From now on the lines go to `take`; to stderr again when it is empty. Returns when no thread calls the former one
/// any more. Threads: any.
void divert_log(TakeLine take);

}  // namespace buskin::runtime
