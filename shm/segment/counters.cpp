// counters: labels and totals.
#include "shm/segment/counters.hpp"

namespace buskin::shm {

namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Counter::End)> kLabels = {
    "sent", "handled", "created", "exited", "restarted",
    "poison", "lost_in_hand", "overrun", "late_reply", "stale_reply", "no_reply", "unhandled",
    "dead_letter.gone", "dead_letter.unreachable", "dead_letter.expired", "dead_letter.too_big", "dead_letter.full",
    "dead_letter.system_died", "dead_letter.in_doubt", "dead_letter.no_memory",
    "refused", "send_waits", "wakes", "sleeps",
    "spans_taken", "spans_adopted", "runs_taken", "runs_returned",
    "failed_turns", "redelivered", "staged", "would_deadlock", "buried", "uncounted",
    "unread", "reserve_taken", "put_off",
};
static_assert(kLabels.back() == "put_off", "a label for each counter, in their order");
static_assert(kLabels.size() <= kThreadCounters && kThreadCounters == kSystemCounters);

}  // namespace

std::string_view label_of(Counter counter) {
  BUSKIN_CHECK(counter < Counter::End);
  return kLabels[static_cast<std::size_t>(counter)];
}

CounterTotals total_counters(const Segment& segment) {
  CounterTotals totals{};
  for (std::uint64_t thread = 1; thread < segment.layout().count_of(Table::Threads); ++thread) {
    if (!segment.is_backed(Table::Threads, thread)) continue;
    const ThreadRecord& record = segment.thread(static_cast<ThreadIndex>(thread));
    for (std::size_t i = 0; i < totals.size(); ++i) {
      // relaxed: a recent value.
      totals[i] += record.counters[i].load_relaxed();
    }
  }
  return totals;
}

}  // namespace buskin::shm
