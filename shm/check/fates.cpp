// fates: the sums are taken until they stand still.
#include "shm/check/fates.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "shm/actor/actors.hpp"
#include "shm/segment/counters.hpp"

namespace buskin::shm {

namespace {

constexpr int kLooksMax = 40;
constexpr int kSteadyLooks = 4;  // After so many equal sums no thread stands between a message and its count.
constexpr auto kPause = std::chrono::milliseconds(10);

constexpr std::array kFates = {Counter::Handled,   Counter::Poison,     Counter::LostInHand,  Counter::Overrun,
                               Counter::LateReply, Counter::StaleReply, Counter::DeadExpired, Counter::Buried,
                           Counter::Unread};

std::uint64_t count_of(const CounterTotals& totals, Counter counter) {
  return totals[static_cast<std::size_t>(counter)];
}

/// Adds up the lanes of all slots, free ones too: positions go on from one life of a slot to the next.
void add_lanes(const Segment& segment, FateSums& sums) {
  const Layout& layout = segment.layout();
  for (std::uint64_t slot = 1; slot < layout.count_of(Table::Actors); ++slot) {
    if (!segment.is_backed(Table::Actors, slot)) break;  // Slots are taken from the bottom.
    const Mailbox& mailbox = segment.mailbox(static_cast<ActorIndex>(slot));
    for (std::size_t lane = 0; lane < kLaneCount; ++lane) {
      // sync(done): acquire. Before `in`, which can only have moved on.
      const std::uint64_t done = mailbox.lanes[lane].done.load_acquire();
      // sync(push): acquire. As above.
      const HeadWord head = HeadWord::unpack(mailbox.in[lane].load_acquire());
      sums.completed += done;
      sums.waiting += static_cast<std::uint64_t>(std::max(seq_distance(head.seq, done), 0));
    }
  }
}

/// Adds the bound of each record whose process is dead and not repaired.
void add_unrepaired(const Segment& segment, const IsAlive& is_alive, FateSums& sums) {
  for (std::uint64_t i = 1; i < segment.layout().count_of(Table::Threads); ++i) {
    if (!segment.is_backed(Table::Threads, i)) continue;
    const ThreadRecord& record = segment.thread(static_cast<ThreadIndex>(i));
    // sync(record): acquire. Which process has it.
    const std::uint64_t process = record.process.load_acquire();
    if (process == 0 || is_alive(MemberId::from_word(process).index)) continue;
    // relaxed: a dead thread's word.
    sums.uncounted_max += std::max(record.counting.load_relaxed(), kUncountedPerDeath);
  }
}

}  // namespace

FateSums sum_fates(const Segment& segment, const IsAlive& is_alive) {
  FateSums sums;
  const CounterTotals totals = total_counters(segment);
  for (const Counter fate : kFates) sums.counted += count_of(totals, fate);
  sums.uncounted_max = count_of(totals, Counter::Uncounted);
  add_lanes(segment, sums);
  // The opening of a slot moves each of its lanes on by one.
  sums.completed -= std::min(sums.completed, kLaneCount * count_of(totals, Counter::Created));
  add_unrepaired(segment, is_alive, sums);
  return sums;
}

FateReport check_fates(const Segment& segment, const IsAlive& is_alive) {
  FateReport report;
  report.sums = sum_fates(segment, is_alive);
  int same = 1;
  for (int look = 1; look < kLooksMax && same < kSteadyLooks; ++look) {
    std::this_thread::sleep_for(kPause);
    const FateSums again = sum_fates(segment, is_alive);
    same = again == report.sums ? same + 1 : 1;
    report.sums = again;
  }
  report.is_steady = same >= kSteadyLooks;
  const FateSums& sums = report.sums;
  const bool is_bounded = sums.counted <= sums.completed && sums.completed - sums.counted <= sums.uncounted_max;
  if (!report.is_steady || is_bounded) return report;
  report.finding = std::to_string(sums.completed) + " messages were completed, and the counters of their fates say " +
                   std::to_string(sums.counted) + ", where at most " + std::to_string(sums.uncounted_max) +
                   " may be missing";
  return report;
}

}  // namespace buskin::shm
