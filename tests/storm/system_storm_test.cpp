// system_storm_test: kills and stops processes of a whole system; in the end its sums must be right.
//
// All processes start in the ordinary way. BUSKIN_STORM_SECONDS and BUSKIN_STORM_SEED choose length and
// order; BUSKIN_LONG=1 means ten minutes.
#include "tests/storm/system_storm.hpp"

namespace system_storm {
namespace {

TEST_F(SystemStorm, LosesNothingAndDoublesNothingAndLeavesNothing) {
  rage(buskin::test::number_from("BUSKIN_STORM_SECONDS", buskin::test::is_long() ? 600 : 15));
  come_to_rest();
  end_all();
  report();
}

}  // namespace
}  // namespace system_storm
