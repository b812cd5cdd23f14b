// NotYet: the places that break a rule which is newer than they are (not_yet.txt).
//
// The list only shrinks: an entry that excuses nothing any more is a finding itself.
#pragma once

#include <cstddef>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/source.hpp"

namespace buskin::tidy {

struct NotYet {
  std::string rule;
  std::string place;  // A file or a folder.
};

inline std::vector<NotYet> read_not_yet(const Source& list) {
  std::vector<NotYet> entries;
  for (const std::string& line : list.lines) {
    if (line.empty() || line[0] == '#') continue;
    NotYet entry;
    std::istringstream(line) >> entry.rule >> entry.place;
    entries.push_back(entry);
  }
  return entries;
}

/// True when `finding` ("file:line: ..." or "folder: ...") lies in `place`.
inline bool lies_in(std::string_view finding, std::string_view place) {
  if (!finding.starts_with(place) || finding.size() == place.size()) return false;
  const char next = finding[place.size()];
  return next == ':' || next == '/';
}

/// The findings of `rule` that no entry excuses, and the entries that excuse none.
inline Findings without_excused(std::string_view rule, const Findings& findings, const std::vector<NotYet>& entries) {
  Findings left;
  std::vector<std::size_t> excused(entries.size());
  for (const std::string& finding : findings) {
    bool is_excused = false;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].rule != rule || !lies_in(finding, entries[i].place)) continue;
      ++excused[i];
      is_excused = true;
    }
    if (!is_excused) left.push_back(finding);
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].rule != rule || excused[i] > 0) continue;
    left.push_back("tests/tidy/not_yet.txt: remove `" + entries[i].rule + " " + entries[i].place +
                   "`: nothing there breaks the rule any more");
  }
  return left;
}

}  // namespace buskin::tidy
