// recovery: the rows `recovery/crash_to_next_message` and `recovery/crash_to_next_message/queued`.
#pragma once

#include "bench/harness/row.hpp"

namespace bench {

/// From kill() of an actor's process in the middle of a message to the message in its successor's hands. None on a
/// base without processes.
Rows recovery_rows(const std::string& base);

}  // namespace bench
