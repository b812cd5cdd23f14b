// records: two ways to do the same work, in pairs.
#include "bench/rows/records.hpp"

#include <algorithm>

#include "bench/harness/bench.hpp"
#include "bench/rows/record_loop_bare.hpp"
#include "bench/rows/record_loop_full.hpp"
#include "examples/support/clock.hpp"

namespace bench {

namespace {

constexpr std::uint64_t kPiece = 500;

template <class Work>
double time_of_piece(Work& work) {
  const std::uint64_t begin = support::now_ns();
  work(kPiece);
  return static_cast<double>(support::now_ns() - begin) / static_cast<double>(kPiece);
}

double median(std::vector<double>& values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

/// Finds half a nanosecond on a machine that is never quiet: it times many short pieces in pairs, each pair in the
/// other order than the pair before, and takes the median of the differences within the pairs.
template <class With, class Without>
void compare(Bench& bench, const std::string& name, With with, Without without) {
  std::vector<double> all_with, all_without, differences;
  for (int pair = -bench.scale().record_pairs / 10; pair < bench.scale().record_pairs; ++pair) {
    const bool is_first = pair % 2 == 0;
    const double before = is_first ? time_of_piece(with) : time_of_piece(without);
    const double after = is_first ? time_of_piece(without) : time_of_piece(with);
    if (pair < 0) continue;  // These warm up.
    all_with.push_back(is_first ? before : after);
    all_without.push_back(is_first ? after : before);
    differences.push_back(all_with.back() - all_without.back());
  }
  bench.add_without_costs({name,
                           "ns",
                           {{"with", median(all_with)},
                            {"without", median(all_without)},
                            {"difference", median(differences)},
                            {"pairs", static_cast<double>(differences.size())}}});
}

void measure_message(Bench& bench) {
  const auto with = loop_with_records();
  const auto without = loop_without_records();
  compare(bench, "records/message", [&](std::uint64_t count) { with->messages(count); },
          [&](std::uint64_t count) { without->messages(count); });
  if (!with->has_records() || without->has_records()) give_up("records/message does not measure what it says");
}

/// What the journal adds: a send and a completion as one transaction, beside the same two one after the other.
void measure_turn(Bench& bench) {
  const auto loop = loop_with_records();
  compare(bench, "records/turn", [&](std::uint64_t count) { loop->turns(count, true); },
          [&](std::uint64_t count) { loop->turns(count, false); });
}

}  // namespace

Rows records_rows() { return {{"records/message", &measure_message}, {"records/turn", &measure_turn}}; }

}  // namespace bench
