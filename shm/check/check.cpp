// check: one look after another, and the findings that they share.
#include "shm/check/check.hpp"

#include <algorithm>

#include "shm/check/census_actors.hpp"
#include "shm/check/census_blocks.hpp"

namespace buskin::shm {

namespace {

CheckReport look(const Segment& segment) {
  Census census(segment);
  count_units(census);
  count_records(census);
  count_actors(census);
  count_names(census);
  judge_blocks(census);
  std::sort(census.report().findings.begin(), census.report().findings.end());
  return std::move(census.report());
}

}  // namespace

CheckReport check_segment(const Segment& segment, int looks) {
  CheckReport report = look(segment);
  for (int i = 1; i < looks && !report.ok(); ++i) {
    CheckReport again = look(segment);
    std::vector<std::string> both;
    std::set_intersection(report.findings.begin(), report.findings.end(), again.findings.begin(), again.findings.end(),
                          std::back_inserter(both));
    again.findings = std::move(both);
    report = std::move(again);
  }
  return report;
}

}  // namespace buskin::shm
