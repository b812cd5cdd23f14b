// all_rows: one line per family.
#include "bench/rows/all_rows.hpp"

#include "bench/rows/create.hpp"
#include "bench/rows/fan_in.hpp"
#include "bench/rows/raw.hpp"
#include "bench/rows/records.hpp"
#include "bench/rows/recovery.hpp"
#include "bench/rows/round_trip.hpp"
#include "bench/rows/size.hpp"
#include "bench/rows/stream.hpp"

namespace bench {

Rows all_rows(const std::string& base) {
  Rows all;
  for (const Rows& family : {raw_rows(), records_rows(), round_trip_rows(base), stream_rows(base), fan_in_rows(base),
                             size_rows(base), create_rows(base), recovery_rows(base)}) {
    all.insert(all.end(), family.begin(), family.end());
  }
  return all;
}

}  // namespace bench
