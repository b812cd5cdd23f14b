// fsck: prints the findings and the totals of the check.
#include "admin/tool/fsck.hpp"

#include "admin/tool/print.hpp"
#include "admin/tool/segments.hpp"

namespace buskin::tool {

namespace {

void print_health(const view::HealthView& health) {
  for (const std::string& finding : health.findings) print_line(finding);
  std::vector<Row> rows;
  for (const auto& [label, total] : health.totals) rows.push_back({std::string(label), std::to_string(total)});
  print_table(rows);
  if (health.changed != 0) {
    print_line(std::to_string(health.changed) + " things changed while the check looked: none of them is damage");
  }
  print_line(health.is_well() ? "every block and every message is accounted for" : "the segment is damaged: see above");
}

}  // namespace

int fsck(const Choices& choices) {
  const runtime::SystemPaths paths = runtime::paths_of(choices.name);
  const view::HealthView health = view::view_health(open_segment(choices, paths), paths);
  if (choices.json) {
    print_json({{"system", choices.name},
                {"ok", health.is_well()},
                {"findings", health.findings},
                {"totals", totals_to_json(health)}});
  } else {
    print_health(health);
  }
  return health.is_well() ? 0 : 1;
}

}  // namespace buskin::tool
