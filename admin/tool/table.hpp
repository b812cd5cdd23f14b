// table: rows of texts in columns, and values as people write them.
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "admin/tool/look.hpp"

namespace buskin::tool {

using Row = std::vector<std::string>;

inline void print_rows(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - row[i].size() + 2, ' ');
    }
    std::printf("%s\n", line.c_str());
  }
}

/// Texts without quotes, an empty one as a dash.
inline std::string plain(const Json& value) {
  if (!value.is_string()) return value.dump();
  const auto text = value.get<std::string>();
  return text.empty() ? "-" : text;
}

}  // namespace buskin::tool
