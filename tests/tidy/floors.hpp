// Floors: which folder may include which (floors.txt says it and why).
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/source.hpp"

namespace buskin::tidy {

struct Floor {
  int number = 0;
  std::string folder;
  std::vector<std::string> only;  // Empty: every lower floor.
};

inline std::vector<Floor> read_floors(const Source& table) {
  std::vector<Floor> floors;
  for (const std::string& line : table.lines) {
    if (line.empty() || line[0] == '#') continue;
    Floor floor;
    std::istringstream words(line);
    words >> floor.number >> floor.folder;
    for (std::string word; words >> word;) floor.only.push_back(word);
    floors.push_back(floor);
  }
  return floors;
}

/// The floor that a path stands on: that of the longest folder which holds it.
inline const Floor* floor_of(const std::vector<Floor>& floors, std::string_view path) {
  const Floor* best = nullptr;
  for (const Floor& floor : floors) {
    const bool holds = path.starts_with(floor.folder + "/");
    if (holds && (best == nullptr || floor.folder.size() > best->folder.size())) best = &floor;
  }
  return best;
}

inline bool may_include(const Floor& from, const Floor& to) {
  if (from.only.empty()) return from.folder == to.folder || to.number < from.number;
  return std::any_of(from.only.begin(), from.only.end(),
                     [&](const std::string& only) { return only == "*" || only == to.folder; });
}

/// A path from the root for what stands in an include, or nothing when it is not ours.
inline std::optional<std::string> included_path(const std::string& line) {
  static const std::regex include(R"rx(^\s*#\s*include\s*["<]([^">]+)[">])rx");
  static const std::regex ours(R"rx(^(shm|api|admin|bridge|bench|examples|tests)/)rx");
  std::smatch match;
  if (!std::regex_search(line, match, include)) return std::nullopt;
  const std::string name = match[1];
  if (name.starts_with("buskin/")) return "api/include/" + name;
  if (std::regex_search(name, ours)) return name;
  return std::nullopt;
}

inline Findings includes_point_downwards(const Sources& sources, const std::vector<Floor>& floors) {
  Findings findings;
  for (const Source& source : sources) {
    if (!source.is_code()) continue;
    const Floor* from = floor_of(floors, source.path);
    if (from == nullptr) {
      findings.push_back(at(source, 0, "give its folder a floor in tests/tidy/floors.txt"));
      continue;
    }
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      const auto path = included_path(source.lines[i]);
      if (!path) continue;
      const Floor* to = floor_of(floors, *path);
      if (to == nullptr || !may_include(*from, *to)) {
        findings.push_back(at(source, i, *path + " is not below " + from->folder));
      }
    }
  }
  return findings;
}

}  // namespace buskin::tidy
