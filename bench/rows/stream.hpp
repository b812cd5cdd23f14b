// stream: the row `stream/BASE/64`.
#pragma once

#include <cstdint>

#include "bench/harness/row.hpp"

namespace bench {

class Bench;

/// One actor sends 64 bytes as often as it can to one other.
Rows stream_rows(const std::string& base);

/// The same with several senders, for the row `name`: messages per second that the sink has handled.
void measure_stream(Bench& bench, const std::string& name, std::uint64_t senders);

}  // namespace bench
