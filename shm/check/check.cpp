// check: one look after another, and the findings that they share.
#include "shm/check/check.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "shm/check/census_actors.hpp"
#include "shm/check/census_blocks.hpp"

namespace buskin::shm {

namespace {

struct Look {
  CheckReport report;
  std::vector<Finding> findings;
};

Look look(const Segment& segment) {
  Census census(segment);
  count_units(census);
  count_records(census);
  count_actors(census);
  count_names(census);
  judge_blocks(census);
  return {std::move(census.report()), census.take_findings()};
}

}  // namespace

CheckReport check_segment(const Segment& segment, int looks) {
  Look last = look(segment);
  std::uint64_t changed = 0;
  for (int i = 1; i < looks && !last.findings.empty(); ++i) {
    Look again = look(segment);
    std::vector<Finding> both;
    std::set_intersection(last.findings.begin(), last.findings.end(), again.findings.begin(), again.findings.end(),
                          std::back_inserter(both));
    changed += last.findings.size() - both.size();
    again.findings = std::move(both);
    last = std::move(again);
  }
  for (Finding& finding : last.findings) last.report.findings.push_back(std::move(finding.sentence));
  last.report.totals.changed = changed;
  return std::move(last.report);
}

}  // namespace buskin::shm
