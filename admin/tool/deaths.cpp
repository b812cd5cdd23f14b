// deaths: reads the lines that repairers wrote to the log.
#include "admin/tool/deaths.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <sstream>

#include "admin/tool/print.hpp"
#include "admin/tool/segments.hpp"
#include "api/runtime/launch/log_file.hpp"
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

/// Has it what a repairer writes about a death? Any process of the system can write a line that begins as one.
bool is_death(const Json& line) {
  if (!line.is_object()) return false;
  const auto is_there = [&](const char* name, bool (Json::*is_kind)() const noexcept) {
    const auto value = line.find(name);
    return value != line.end() && ((*value).*is_kind)();
  };
  const std::vector<const char*> numbers{"time_ms", "pid", "actors", "redelivered", "blocks_freed", "cost_ns"};
  const std::vector<const char*> texts{"role", "title", "by", "reason"};
  return std::all_of(numbers.begin(), numbers.end(),
                     [&](const char* name) { return is_there(name, &Json::is_number_unsigned); }) &&
         std::all_of(texts.begin(), texts.end(), [&](const char* name) { return is_there(name, &Json::is_string); });
}

struct Found {
  Json deaths = Json::array();
  /// Lines that begin as a death and are none: its writer was killed, the log was emptied under it, or it is an
  /// actor's.
  std::uint64_t left_out = 0;
};

Found read_deaths(std::istream& log) {
  Found found;
  for (std::string line; std::getline(log, line);) {
    if (!line.starts_with(runtime::kDeathMark)) continue;
    Json death = Json::parse(line.substr(runtime::kDeathMark.size()), nullptr, false);
    if (is_death(death)) {
      found.deaths.push_back(std::move(death));
    } else {
      ++found.left_out;
    }
  }
  return found;
}

Row row_of(const Json& death) {
  const auto cost_us = death["cost_ns"].get<std::uint64_t>() / 1'000;
  return {clock_time(death["time_ms"].get<std::int64_t>()), plain(death["pid"]), plain(death["role"]),
          plain(death["title"]), plain(death["actors"]), plain(death["redelivered"]), plain(death["blocks_freed"]),
          std::to_string(cost_us) + " us", plain(death["by"]), plain(death["reason"])};
}

void print_deaths(const Choices& choices, const Found& found) {
  if (choices.json) {
    return print_json({{"system", choices.name}, {"deaths", found.deaths}, {"left_out", found.left_out}});
  }
  BUSKIN_CHECK(std::all_of(found.deaths.begin(), found.deaths.end(), is_death));  // row_of() takes no other.
  std::vector<Row> rows = {{"TIME", "PID", "ROLE", "TITLE", "ACTORS", "REDELIVERED", "FREED", "COST", "BY", "REASON"}};
  for (const Json& death : found.deaths) rows.push_back(row_of(death));
  print_table(rows);
  if (found.left_out != 0) {
    print_line("left out: " + std::to_string(found.left_out) +
               " lines of the log that begin as a death and are not whole");
  }
}

}  // namespace

int deaths(const Choices& choices) {
  const runtime::SystemPaths paths = runtime::paths_of(choices.name);
  if (!runtime::has_log(paths.log)) (void)open_segment(choices, paths);  // Throws when there is no such system.
  std::istringstream log(runtime::read_log(paths.log));
  print_deaths(choices, read_deaths(log));
  (void)find_segment(paths);  // Throws when the segment is damaged.
  return 0;
}

}  // namespace buskin::tool
