// fan_in: the stream of stream.cpp from eight senders.
#include "bench/rows/fan_in.hpp"

#include "bench/rows/stream.hpp"

namespace bench {

Rows fan_in_rows(const std::string& base) {
  constexpr std::uint64_t kSenders = 8;
  const std::string name = row_name({"fan_in", base, std::to_string(kSenders), "64"});
  return {{name, [name](Bench& bench) { measure_stream(bench, name, kSenders); }}};
}

}  // namespace bench
