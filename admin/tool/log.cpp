// log: the lines of all its files.
#include "admin/tool/log.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "admin/tool/print.hpp"
#include "admin/tool/segments.hpp"
#include "api/runtime/launch/log_file.hpp"
#include "shm/base/check.hpp"

namespace buskin::tool {

namespace {

/// The last `count` lines; all when it is 0.
std::vector<std::string_view> last_lines(std::string_view text, std::size_t count) {
  std::vector<std::string_view> lines;
  // Ends: with the text, of which each turn takes a line.
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (count != 0 && lines.size() > count) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(count));
  BUSKIN_CHECK(count == 0 || lines.size() <= count);
  return lines;
}

}  // namespace

int log(const Choices& choices) {
  const runtime::SystemPaths paths = runtime::paths_of(choices.name);
  if (!runtime::has_log(paths.log)) (void)open_segment(choices, paths);  // Throws when there is no such system.
  const std::string text = runtime::read_log(paths.log);
  const std::vector<std::string_view> lines = last_lines(text, choices.lines);
  if (choices.json) {
    Json all = Json::array();
    for (const std::string_view line : lines) all.push_back(std::string(line));
    print_json({{"system", choices.name}, {"file", paths.log}, {"lines", std::move(all)}});
    return 0;
  }
  for (const std::string_view line : lines) {
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputc('\n', stdout);
  }
  return 0;
}

}  // namespace buskin::tool
