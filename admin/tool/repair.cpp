// repair: commands about deaths and about what they left.
#include <ctime>
#include <fstream>

#include "admin/tool/open.hpp"
#include "admin/tool/table.hpp"
#include "api/runtime/recovery/repairer.hpp"
#include "shm/check/check.hpp"
#include "shm/check/fates.hpp"
#include "shm/recovery/member.hpp"

namespace buskin::tool {

namespace {

std::string clock_time(const Json& time_ms) {
  const auto ms = time_ms.get<std::int64_t>();
  const std::time_t seconds = ms / 1'000;
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char text[32];
  std::strftime(text, sizeof text, "%H:%M:%S", &local);
  char whole[40];
  std::snprintf(whole, sizeof whole, "%s.%03d", text, static_cast<int>(ms % 1'000));
  return whole;
}

Json totals_of(const shm::CheckTotals& totals) {
  return {{"processes", totals.processes},         {"dead", totals.dead},
          {"threads", totals.threads},             {"actors", totals.actors},
          {"messages", totals.messages},           {"units_free", totals.units_free},
          {"units_used", totals.units_used},       {"blocks_free", totals.blocks_free},
          {"blocks_held", totals.blocks_held},     {"blocks_queued", totals.blocks_queued},
          {"blocks_shared", totals.blocks_shared}, {"blocks_saved", totals.blocks_saved},
          {"blocks_timed", totals.blocks_timed},   {"blocks_notice", totals.blocks_notice},
          {"in_doubt", totals.in_doubt},           {"names", totals.names}};
}

}  // namespace

void deaths(const Choices& choices) {
  const runtime::SystemPaths paths = runtime::paths_of(choices.name);
  std::ifstream log(paths.log);
  if (!log) (void)open_segment(choices, paths);  // Throws: the sentence says what there is.
  Json all = Json::array();
  for (std::string line; std::getline(log, line);) {
    if (!line.starts_with(runtime::kDeathMark)) continue;
    Json death = Json::parse(line.substr(runtime::kDeathMark.size()), nullptr, false);
    if (death.is_object()) all.push_back(std::move(death));  // Of a line that was cut nothing is shown.
  }
  if (choices.json) return void(std::puts(Json({{"system", choices.name}, {"deaths", all}}).dump().c_str()));
  std::vector<Row> rows = {{"TIME", "PID", "ROLE", "TITLE", "ACTORS", "REDELIVERED", "FREED", "COST", "BY", "REASON"}};
  for (const Json& death : all) {
    rows.push_back({clock_time(death["time_ms"]), plain(death["pid"]), plain(death["role"]), plain(death["title"]),
                    plain(death["actors"]), plain(death["redelivered"]), plain(death["blocks_freed"]),
                    std::to_string(death["cost_ns"].get<std::uint64_t>() / 1'000) + " us", plain(death["by"]), plain(death["reason"])});
  }
  print_rows(rows);
}

int fsck(const Choices& choices) {
  const runtime::SystemPaths paths = runtime::paths_of(choices.name);
  const shm::Segment segment = open_segment(choices, paths);
  shm::CheckReport report = shm::check_segment(segment);
  Json totals = totals_of(report.totals);
  const auto lives = [&](shm::ProcessIndex index) { return shm::is_alive(segment, index, paths.lock); };
  const shm::FateReport fates = shm::check_fates(segment, lives);
  totals["accepted"] = fates.sums.completed + fates.sums.waiting;
  totals["fates"] = fates.sums.counted;
  totals["uncounted_max"] = fates.sums.uncounted_max;
  if (!fates.finding.empty()) report.findings.push_back(fates.finding);
  if (choices.json) {
    const Json all = {{"system", choices.name}, {"ok", report.ok()}, {"findings", report.findings}, {"totals", totals}};
    std::puts(all.dump().c_str());
  } else {
    for (const std::string& finding : report.findings) std::puts(finding.c_str());
    std::vector<Row> rows;
    for (const auto& [label, value] : totals.items()) rows.push_back({label, plain(value)});
    print_rows(rows);
    std::puts(report.ok() ? "all is where it belongs" : "something is not where it belongs");
  }
  return report.ok() ? 0 : 1;
}

}  // namespace buskin::tool
