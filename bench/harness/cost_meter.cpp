// CostMeter: compares two readings of the counters.
#include "bench/harness/cost_meter.hpp"

#include "api/runtime/launch/paths.hpp"

namespace bench {

using buskin::shm::Counter;

CostMeter::CostMeter(const std::string& system, bool is_named) {
  if (!is_named) return;
  auto attached = buskin::shm::ReadOnlySegment::attach(buskin::runtime::paths_of(system).segment);
  if (attached.ok()) segment_.emplace(std::move(attached).value());
}

void CostMeter::start() {
  if (segment_) before_ = buskin::shm::total_counters(*segment_);
}

std::optional<Costs> CostMeter::since_start() const {
  if (!segment_) return {};
  const auto after = buskin::shm::total_counters(*segment_);
  const auto grown = [&](Counter counter) {
    const auto i = static_cast<std::size_t>(counter);
    return static_cast<double>(after[i]) - static_cast<double>(before_[i]);
  };
  const double sent = grown(Counter::Sent) > 0 ? grown(Counter::Sent) : 1;
  return Costs{grown(Counter::Wakes) / sent, grown(Counter::Sleeps) / sent};
}

}  // namespace bench
