// Scale: how much is measured.
#pragma once

#include <cstdint>

namespace bench {

struct Scale {
  int runs = 5;  ///< Besides the first run, which warms up.
  std::uint32_t raw_rounds = 200'000;
  std::uint32_t futex_rounds = 5'000;
  std::uint64_t rounds = 200'000;
  std::uint64_t asleep_rounds = 1'000;
  std::uint64_t messages = 2'000'000;
  int hand_offs = 2'000;
  int large_hand_offs = 200;
  int light_creations = 2'000;
  int process_creations = 100;
  int recoveries = 100;
  int full_recoveries = 10;
  std::uint64_t queued = 100'000;
  int record_pairs = 20'000;
};

/// Shows that every row can be measured; its figures mean nothing.
inline constexpr Scale kQuick{.runs = 1,
                              .raw_rounds = 2'000,
                              .futex_rounds = 50,
                              .rounds = 500,
                              .asleep_rounds = 10,
                              .messages = 20'000,
                              .hand_offs = 20,
                              .large_hand_offs = 3,
                              .light_creations = 10,
                              .process_creations = 3,
                              .recoveries = 3,
                              .full_recoveries = 1,
                              .queued = 1'000,
                              .record_pairs = 200};

}  // namespace bench
