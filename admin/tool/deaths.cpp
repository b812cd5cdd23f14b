// deaths: reads the lines that repairers wrote to the log.
#include "admin/tool/deaths.hpp"

#include <cstdio>
#include <ctime>
#include <fstream>

#include "admin/tool/print.hpp"
#include "admin/tool/segments.hpp"
#include "api/runtime/recovery/repairer.hpp"

namespace buskin::tool {

namespace {

std::string clock_time(std::int64_t time_ms) {
  const std::time_t seconds = time_ms / 1'000;
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char text[32];
  BUSKIN_CHECK(std::strftime(text, sizeof text, "%H:%M:%S", &local) != 0);
  char whole[40];
  std::snprintf(whole, sizeof whole, "%s.%03d", text, static_cast<int>(time_ms % 1'000));
  return whole;
}

/// A line that is not a whole object is left out: its writer was killed, or the log was emptied under it.
Json read_deaths(std::istream& log) {
  Json all = Json::array();
  for (std::string line; std::getline(log, line);) {
    if (!line.starts_with(runtime::kDeathMark)) continue;
    Json death = Json::parse(line.substr(runtime::kDeathMark.size()), nullptr, false);
    if (death.is_object()) all.push_back(std::move(death));
  }
  return all;
}

Row row_of(const Json& death) {
  const auto cost_us = death["cost_ns"].get<std::uint64_t>() / 1'000;
  return {clock_time(death["time_ms"].get<std::int64_t>()), plain(death["pid"]), plain(death["role"]),
          plain(death["title"]), plain(death["actors"]), plain(death["redelivered"]), plain(death["blocks_freed"]),
          std::to_string(cost_us) + " us", plain(death["by"]), plain(death["reason"])};
}

}  // namespace

int deaths(const Choices& choices) {
  const runtime::SystemPaths paths = runtime::paths_of(choices.name);
  std::ifstream log(paths.log);
  if (!log) (void)open_segment(choices, paths);  // Throws when there is no such system.
  const Json all = read_deaths(log);
  if (choices.json) {
    print_json({{"system", choices.name}, {"deaths", all}});
    return 0;
  }
  std::vector<Row> rows = {{"TIME", "PID", "ROLE", "TITLE", "ACTORS", "REDELIVERED", "FREED", "COST", "BY", "REASON"}};
  for (const Json& death : all) rows.push_back(row_of(death));
  print_table(rows);
  return 0;
}

}  // namespace buskin::tool
