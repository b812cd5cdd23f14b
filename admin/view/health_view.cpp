// HealthView: the findings of the two checks of shm.
#include "admin/view/health_view.hpp"

#include "shm/check/check.hpp"
#include "shm/check/fates.hpp"
#include "shm/recovery/member.hpp"

namespace buskin::view {

HealthView view_health(const shm::Segment& segment, const runtime::SystemPaths& paths) {
  BUSKIN_CHECK(paths.segment == segment.path());
  shm::CheckReport report = shm::check_segment(segment);
  const auto is_alive = [&](shm::ProcessIndex index) { return shm::is_member_alive(segment, index, paths.lock); };
  const shm::FateReport fates = shm::check_fates(segment, is_alive);
  if (!fates.finding.empty()) report.findings.push_back(fates.finding);
  const shm::CheckTotals& totals = report.totals;
  return {.findings = std::move(report.findings),
          .totals = {{"processes", totals.processes},
                     {"dead", totals.dead},
                     {"threads", totals.threads},
                     {"actors", totals.actors},
                     {"messages", totals.messages},
                     {"units_free", totals.units_free},
                     {"units_used", totals.units_used},
                     {"blocks_free", totals.blocks_free},
                     {"blocks_held", totals.blocks_held},
                     {"blocks_queued", totals.blocks_queued},
                     {"blocks_shared", totals.blocks_shared},
                     {"blocks_saved", totals.blocks_saved},
                     {"blocks_timed", totals.blocks_timed},
                     {"blocks_notice", totals.blocks_notice},
                     {"in_doubt", totals.in_doubt},
                     {"names", totals.names},
                     {"accepted", fates.sums.completed + fates.sums.waiting},
                     {"fates", fates.sums.counted},
                     {"uncounted_max", fates.sums.uncounted_max}},
          .changed = totals.changed};
}

}  // namespace buskin::view
