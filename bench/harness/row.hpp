// Row: one line of the report: its name, and the code that measures it.
//
// Names are an interface: `scripts/bench`, README.md and the stored figures of earlier versions use them.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

class Bench;

struct Row {
  std::string name;
  std::function<void(Bench&)> measure;
};

using Rows = std::vector<Row>;

/// Joins the parts of a row's name.
inline std::string row_name(std::initializer_list<std::string_view> parts) {
  std::string name;
  for (const std::string_view part : parts) name += (name.empty() ? "" : "/") + std::string(part);
  return name;
}

}  // namespace bench
