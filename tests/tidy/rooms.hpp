// Rooms: folders, the files in them and the classes in those, so that a name leads to its place.
//
// Each room is a row of floors.txt, and docs/architecture.md says what it is for.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/floors.hpp"
#include "tests/tidy/rules.hpp"
#include "tests/tidy/source.hpp"

namespace buskin::tidy {

inline std::string folder_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

/// The file's name without folder and ending.
inline std::string stem_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  return name.substr(0, name.find('.'));
}

/// `ActorSpec`, `actor_spec` and `Actor spec` are one name.
inline std::string bare_name(std::string_view name) {
  std::string bare;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      bare += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return bare;
}

/// The room of a file: its folder; a `detail` belongs to the folder that it lies in.
inline std::string room_of(const std::string& path) {
  const std::string folder = folder_of(path);
  return folder.ends_with("/detail") ? folder_of(folder) : folder;
}

using Rooms = std::map<std::string, std::set<std::string>>;

/// Which rooms each room includes.
inline Rooms included_rooms(const Sources& sources) {
  Rooms rooms;
  for (const Source& source : sources) {
    if (!source.is_code()) continue;
    const std::string room = room_of(source.path);
    for (const std::string& line : source.lines) {
      const auto path = included_path(line);
      if (path && room_of(*path) != room) rooms[room].insert(room_of(*path));
    }
  }
  return rooms;
}

/// All rooms that can be reached from `from` by one include or more.
inline std::set<std::string> reached_from(const Rooms& rooms, const std::string& from) {
  std::set<std::string> reached;
  std::vector<std::string> open{from};
  // Ends: each room is taken up once.
  while (!open.empty()) {
    const auto next = rooms.find(open.back());
    open.pop_back();
    if (next == rooms.end()) continue;
    for (const std::string& room : next->second) {
      if (reached.insert(room).second) open.push_back(room);
    }
  }
  return reached;
}

/// Two folders never include each other, neither directly nor by way of others.
inline Findings folders_include_one_way(const Sources& sources) {
  const Rooms rooms = included_rooms(sources);
  Findings findings;
  for (const auto& [room, includes] : rooms) {
    for (const std::string& included : includes) {
      if (reached_from(rooms, included).contains(room)) {
        findings.push_back(room + ": includes " + included + ", which includes it back");
      }
    }
  }
  return findings;
}

/// A program. The main of a bench may lie in the library that it is linked with.
inline bool is_main(const Source& source) {
  if (source.path.ends_with("_bench.cpp")) return true;
  return std::any_of(source.lines.begin(), source.lines.end(),
                     [](const std::string& line) { return line.starts_with("int main("); });
}

/// Code with a place of its own in the house: the product, the benches and the examples.
inline bool has_a_room(const Source& source) {
  return is_product(source) || (source.is_code() && (source.is_in("bench") || source.is_in("examples")));
}

/// The first file of ours or public header that `source` includes; empty when there is none.
inline std::string first_include(const Source& source) {
  for (const std::string& line : source.lines) {
    if (line.starts_with("#include")) return included_path(line).value_or("");
  }
  return "";
}

/// What NAME.cpp defines stands in NAME.hpp beside it, or in the public header NAME.hpp.
inline Findings sources_have_their_header(const Sources& sources) {
  std::set<std::string> paths;
  for (const Source& source : sources) paths.insert(source.path);
  Findings findings;
  for (const Source& source : sources) {
    if (!has_a_room(source) || !source.path.ends_with(".cpp") || is_main(source)) continue;
    const std::string name = stem_of(source.path) + ".hpp";
    const std::string beside = folder_of(source.path) + "/" + name;
    const std::string header = paths.contains(beside) ? beside : "api/include/buskin/" + name;
    if (!paths.contains(header)) {
      findings.push_back(at(source, 0, "give it the name of the header that declares what it defines"));
    } else if (first_include(source) != header) {
      findings.push_back(at(source, 0, "include " + header + " first"));
    }
  }
  return findings;
}

/// `// Name: ...` on the first line is the file's name. A main is called as its program is.
inline Findings files_open_with_their_name(const Sources& sources) {
  static const std::regex opening(R"rx(^// ([^:<(,]+).*: )rx");
  Findings findings;
  for (const Source& source : sources) {
    std::smatch match;
    if (!has_a_room(source) || is_main(source) || source.lines.empty()) continue;
    if (!std::regex_search(source.lines[0], match, opening) ||
        bare_name(match[1].str()) != bare_name(stem_of(source.path))) {
      findings.push_back(at(source, 0, "begin with the file's own name"));
    }
  }
  return findings;
}

/// Headers of operations (`wake`, `receive`): their classes serve those.
inline const std::set<std::string>& headers_of_operations() {
  static const std::set<std::string> all{"shm/actor/turn.hpp", "shm/mailbox/lane_reader.hpp", "shm/mailbox/wake.hpp",
                                         "api/runtime/start/attach.hpp"};
  return all;
}

/// A header of the product with classes has one of its own name. A public header may hold several by subject.
inline Findings classes_lie_in_files_of_their_name(const Sources& sources) {
  static const std::regex definition(R"rx(^(class|struct) (alignas\(\w+\) )?(\w+)[^;]*\{)rx");
  Findings findings;
  for (const Source& source : sources) {
    const bool is_named = is_product(source) && source.path.ends_with(".hpp") && !source.is_in("api/include") &&
                          !headers_of_operations().contains(source.path);
    if (!is_named) continue;
    std::string other;  // A class of another name.
    bool has_own = false;
    for (const std::string& line : source.lines) {
      std::smatch match;
      if (!std::regex_search(line, match, definition)) continue;
      if (bare_name(match[3].str()) == bare_name(stem_of(source.path))) has_own = true;
      if (match[1] == "class") other = match[3];
    }
    if (!has_own && !other.empty()) findings.push_back(at(source, 0, "name it after its class " + other));
  }
  return findings;
}

inline constexpr std::size_t kChecksPerThousandLines = 8;

/// Each room of the runtime and the admin checks its own invariants.
inline Findings rooms_check_their_invariants(const Sources& sources, const std::vector<Floor>& floors) {
  struct Count {
    std::size_t lines = 0;
    std::size_t checks = 0;
  };
  std::map<std::string, Count> rooms;
  for (const Source& source : sources) {
    if (!source.is_code() || (!source.is_in("api/runtime") && !source.is_in("admin"))) continue;
    const Floor* floor = floor_of(floors, source.path);
    if (floor == nullptr) continue;
    Count& count = rooms[floor->folder];
    count.lines += source.lines.size();
    for (const std::string& line : source.lines) {
      if (line.find("BUSKIN_CHECK(") != std::string::npos) ++count.checks;
    }
  }
  Findings findings;
  for (const auto& [room, count] : rooms) {
    if (count.checks * 1000 >= count.lines * kChecksPerThousandLines) continue;
    findings.push_back(room + ": " + std::to_string(count.checks) + " BUSKIN_CHECK in " + std::to_string(count.lines) +
                       " lines; at least 8 in 1000");
  }
  return findings;
}

/// A row "| `room` | sentence |" below the heading Rooms. "Later:" begins the sentence of a room without a file.
struct RoomRow {
  std::size_t line = 0;
  std::string room;
  bool is_later = false;
};

inline std::vector<RoomRow> room_rows(const Source& document) {
  static const std::regex row(R"rx(^\| `([a-z_/]+)` \| (.+) \|$)rx");
  std::vector<RoomRow> rows;
  bool is_inside = false;
  for (std::size_t i = 0; i < document.lines.size(); ++i) {
    const std::string& line = document.lines[i];
    if (line.starts_with("## ")) is_inside = line == "## Rooms";
    std::smatch match;
    if (!is_inside || !std::regex_search(line, match, row)) continue;
    rows.push_back({i, match[1], match[2].str().starts_with("Later:")});
  }
  return rows;
}

/// docs/architecture.md describes the rooms of floors.txt, and the folders are there.
inline Findings rooms_are_described(const Sources& sources, const std::vector<Floor>& floors) {
  const auto document = std::find_if(sources.begin(), sources.end(),
                                     [](const Source& source) { return source.path == "docs/architecture.md"; });
  if (document == sources.end()) return {"docs/architecture.md is missing"};

  Findings findings;
  std::set<std::string> described;
  for (const auto& [line, room, is_later] : room_rows(*document)) {
    described.insert(room);
    const auto is_it = [&, name = room](const Floor& floor) { return floor.folder == name; };
    const auto lies_there = [&, name = room](const Source& source) { return source.is_in(name); };
    if (std::none_of(floors.begin(), floors.end(), is_it)) {
      findings.push_back(at(*document, line, room + " is not in tests/tidy/floors.txt"));
    }
    if (std::any_of(sources.begin(), sources.end(), lies_there) == is_later) {
      findings.push_back(at(*document, line, room + ": `Later:` belongs to a room without a file, and only there"));
    }
  }
  for (const Floor& floor : floors) {
    if (!described.contains(floor.folder))
      findings.push_back("docs/architecture.md: describe the room " + floor.folder);
  }
  return findings;
}

}  // namespace buskin::tidy
