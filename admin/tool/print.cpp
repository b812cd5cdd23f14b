// print: by stdio, whose error main() reports.
#include "admin/tool/print.hpp"

#include <algorithm>
#include <cstdio>

#include "shm/base/check.hpp"

namespace buskin::tool {

void print_line(const std::string& line) { std::puts(line.c_str()); }

void print_json(const Json& result) {
  // An actor may have printed bytes that are not text; they are replaced.
  print_line(result.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void print_result(const Choices& choices, const Json& result, const std::string& text) {
  if (choices.json) return print_json(result);
  print_line(text);
}

void print_table(const std::vector<Row>& rows) {
  BUSKIN_CHECK(!rows.empty());
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows) {
    BUSKIN_CHECK(row.size() == widths.size());
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - row[i].size() + 2, ' ');
    }
    print_line(line);
  }
}

std::string plain(const Json& value) {
  if (!value.is_string()) return value.dump();
  const auto text = value.get<std::string>();
  return text.empty() ? "-" : text;
}

}  // namespace buskin::tool
