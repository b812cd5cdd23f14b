// Rules: what docs/style.md asks for and a machine can hold.
//
// Each is a function from sources to findings; an empty list is a tidy tree.
// rules_test.cpp shows each of them a violation, tidy_test.cpp shows them the tree.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/source.hpp"

namespace buskin::tidy {

inline constexpr std::size_t kLinesMax = 400;
inline constexpr std::size_t kColumnsMax = 120;  // As .clang-format says.
inline constexpr std::size_t kReasonLinesBack = 4;

/// The code that the rules on memory and crashes are about.
inline bool is_product(const Source& source) {
  return source.is_code() && (source.is_in("shm") || source.is_in("api") || source.is_in("admin") ||
                              source.is_in("bridge"));
}

/// True when `reason` stands on line `index` or on one of the four above it.
inline bool is_said_above(const Source& source, std::size_t index, const std::regex& reason) {
  const std::size_t first = index > kReasonLinesBack ? index - kReasonLinesBack : 0;
  for (std::size_t i = first; i <= index; ++i) {
    if (std::regex_search(source.lines[i], reason)) return true;
  }
  return false;
}

inline Findings files_are_short(const Sources& sources) {
  Findings findings;
  for (const Source& source : sources) {
    if (source.is_code() && source.lines.size() > kLinesMax) {
      findings.push_back(at(source, kLinesMax, "split it: a file has one idea and at most 400 lines"));
    }
  }
  return findings;
}

inline Findings lines_are_short(const Sources& sources) {
  Findings findings;
  for (const Source& source : sources) {
    if (!source.is_code()) continue;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      if (source.lines[i].size() <= kColumnsMax) continue;
      findings.push_back(at(source, i, "break it: a line has at most 120 columns"));
    }
  }
  return findings;
}

inline Findings files_say_what_they_are(const Sources& sources) {
  static const std::regex opening(R"rx(^// .+: .+)rx");
  Findings findings;
  for (const Source& source : sources) {
    if (!source.is_code()) continue;
    // In tests/compile_fail the first line is the sentence that the compiler must say.
    if (source.lines.empty() || !std::regex_search(source.lines[0], opening)) {
      findings.push_back(at(source, 0, "begin with `// name: what it is.`"));
    }
    const bool is_header = source.path.ends_with(".hpp");
    if (is_header && std::count(source.lines.begin(), source.lines.end(), "#pragma once") != 1) {
      findings.push_back(at(source, 0, "a header has #pragma once"));
    }
  }
  return findings;
}

inline Findings atomic_accesses_give_their_reason(const Sources& sources) {
  static const std::regex access(
      R"rx((\.|->)(load|store|cas|exchange|add|or|and)_(relaxed|acquire|release|acq_rel|seq_cst)\()rx");
  static const std::regex ordered(R"rx(//.*sync\([a-z0-9_]+\))rx");
  static const std::regex relaxed(R"rx(//.*relaxed:)rx");
  Findings findings;
  for (const Source& source : sources) {
    if (!is_product(source)) continue;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      std::smatch match;
      if (!std::regex_search(source.lines[i], match, access)) continue;
      const bool is_relaxed = match[3] == "relaxed";
      if (!is_said_above(source, i, is_relaxed ? relaxed : ordered)) {
        findings.push_back(at(source, i, is_relaxed ? "say `// relaxed: why nothing depends on it`"
                                                    : "say `// sync(name): what it orders`"));
      }
    }
  }
  return findings;
}

using Places = std::map<std::string, std::vector<std::string>>;

/// Where each name that `pattern` captures stands.
inline Places places_of(const Sources& sources, const std::regex& pattern) {
  Places places;
  for (const Source& source : sources) {
    if (!is_product(source)) continue;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      const std::string& line = source.lines[i];
      for (std::sregex_iterator match(line.begin(), line.end(), pattern), end; match != end; ++match) {
        places[(*match)[1]].push_back(at(source, i, ""));
      }
    }
  }
  return places;
}

inline Findings sync_names_stand_in_pairs(const Sources& sources) {
  static const std::regex sync(R"rx(//.*sync\(([a-z0-9_]+)\))rx");
  Findings findings;
  for (const auto& [name, places] : places_of(sources, sync)) {
    if (name != "name" && places.size() < 2) {
      findings.push_back(places[0] + "sync(" + name + ") has no partner");
    }
  }
  return findings;
}

inline Findings crash_names_match_crash_points(const Sources& sources) {
  static const std::regex comment(R"rx(//.*\bcrash\(([a-z0-9_]+)\))rx");
  static const std::regex point(R"rx(crash_point\("([a-z0-9_]+)"\))rx");
  const Places comments = places_of(sources, comment);
  const Places points = places_of(sources, point);
  Findings findings;
  for (const auto& [name, places] : comments) {
    if (name != "name" && !points.contains(name)) {
      findings.push_back(places[0] + "crash(" + name + ") has no crash_point");
    }
  }
  for (const auto& [name, places] : points) {
    if (!comments.contains(name)) {
      findings.push_back(places[0] + "say `// crash(" + name + "): what is left, who mends it`");
    }
  }
  return findings;
}

inline Findings endless_loops_say_what_ends_them(const Sources& sources) {
  static const std::regex loop(R"rx(\b(for \(;;\)|while \(true\)))rx");
  static const std::regex ends(R"rx(//.*\b[Ee]nds\b)rx");
  Findings findings;
  for (const Source& source : sources) {
    if (!is_product(source)) continue;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      if (std::regex_search(source.lines[i], loop) && !is_said_above(source, i, ends)) {
        findings.push_back(at(source, i, "say `// Ends: whose progress a failed turn proves`"));
      }
    }
  }
  return findings;
}

/// A library or word that only some places may use.
struct Door {
  const char* pattern;
  std::vector<std::string> open_to;  // Folders or files.
};

inline const std::vector<Door>& doors() {
  static const std::vector<Door> all{
      {R"rx(boost/interprocess|boost::interprocess)rx", {"shm/os"}},
      {R"rx(include\s*<atomic>|std::atomic|\b__(atomic|sync)_)rx", {"shm/base/atomic.hpp"}},
      {R"rx(include\s*<(oneapi/)?tbb|\btbb::)rx", {"api/runtime/schedule"}},
      {R"rx(boost/asio|boost::asio)rx", {"bridge/net"}},
      {R"rx(\bstd::j?thread\(|\bstd::j?thread \w+[({]|pthread_create)rx", {"api/runtime/launch/start_thread.hpp"}},
      {R"rx(include\s*<flatbuffers|\bflatbuffers::)rx", {"api", "admin", "bridge"}},
      {R"rx(include\s*<spdlog|\bspdlog::)rx", {"api/runtime/node/log.hpp", "api/runtime/node/log.cpp", "admin"}},
  };
  return all;
}

inline bool is_open_to(const Door& door, const Source& source) {
  return std::any_of(door.open_to.begin(), door.open_to.end(), [&](const std::string& place) {
    return source.path == place || source.is_in(place);
  });
}

inline Findings libraries_have_one_door(const Sources& sources) {
  static const std::regex comment(R"rx(^\s*//)rx");
  Findings findings;
  for (const Door& door : doors()) {
    const std::regex pattern(door.pattern);
    for (const Source& source : sources) {
      if (!is_product(source) || is_open_to(door, source)) continue;
      for (std::size_t i = 0; i < source.lines.size(); ++i) {
        const std::string& line = source.lines[i];
        if (std::regex_search(line, comment) || !std::regex_search(line, pattern)) continue;
        findings.push_back(at(source, i, "its one door is " + door.open_to[0]));
      }
    }
  }
  return findings;
}

/// Outside shm only these need an atomic; all others read facts, and write through functions of shm.
inline const std::vector<std::string>& users_of_atomics() {
  static const std::vector<std::string> all{"api/runtime/schedule", "api/runtime/node/type_registry.hpp",
                                            "api/runtime/node/type_registry.cpp", "api/runtime/client/mail_watcher.hpp",
                                            "api/runtime/client/mail_watcher.cpp",
                                            "api/runtime/node/system_stop.hpp",
                                            "api/runtime/node/system_stop.cpp",
                                            // A word of this process that handles ask.
                                            "api/runtime/node/node_mark.cpp",
                                            "api/runtime/node/crash_handler.cpp",
                                            "api/runtime/fork_server/child_signals.cpp",
                                            "api/runtime/fork_server/actor_signals.cpp",
                                            // A flag of this process that every turn reads.
                                            "api/runtime/node/crash_injection.cpp"};
  return all;
}

inline Findings atomics_stay_in_shm(const Sources& sources) {
  static const std::regex access(
      R"rx((\.|->)(load|store|cas|exchange|add|or|and)_(relaxed|acquire|release|acq_rel|seq_cst)\(|\bAtomic<)rx");
  Findings findings;
  for (const Source& source : sources) {
    const auto& users = users_of_atomics();
    const bool may = std::any_of(users.begin(), users.end(), [&](const std::string& place) {
      return source.path == place || source.is_in(place);
    });
    if (!is_product(source) || source.is_in("shm") || may) continue;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      if (std::regex_search(source.lines[i], access)) {
        findings.push_back(at(source, i, "ask a function of shm; an atomic is not a fact"));
      }
    }
  }
  return findings;
}

inline Findings public_headers_stay_clean(const Sources& sources) {
  static const std::regex strange(R"rx(#\s*include\s*[<"](boost|tbb|oneapi|asio|spdlog|fmt)\b)rx");
  static const std::regex generated(R"rx(#\s*include.*_generated\.h)rx");
  Findings findings;
  for (const Source& source : sources) {
    if (!source.is_in("api/include/buskin")) continue;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      if (std::regex_search(source.lines[i], strange) ||
          std::regex_search(source.lines[i], generated)) {
        findings.push_back(at(source, i, "a public header includes only the standard library, "
                                         "FlatBuffers and its like"));
      }
    }
  }
  return findings;
}

inline Findings no_path_of_one_machine(const Sources& sources) {
  // A literal absolute path; the second part keeps `/` of prose and of sed out.
  static const std::regex path(R"rx((^|["'`\s=(:])/([A-Za-z_][\w.-]*)/[\w.-])rx");
  static const std::set<std::string> everywhere{"bin", "dev", "etc", "lib", "opt",  "proc",
                                                "run", "sys", "tmp", "usr", "var"};
  Findings findings;
  for (const Source& source : sources) {
    if (source.path == "LICENSE" || source.path == "tests/tidy/rules_test.cpp") continue;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      const std::string& line = source.lines[i];
      for (std::sregex_iterator match(line.begin(), line.end(), path), end; match != end; ++match) {
        if (everywhere.contains((*match)[2])) continue;
        findings.push_back(at(source, i, "/" + (*match)[2].str() + "/ is not on every machine"));
      }
    }
  }
  return findings;
}

inline Findings todos_name_an_issue(const Sources& sources) {
  static const std::regex open_end(R"rx(//.*\b(TODO(?!\(#\d+\))|FIXME|XXX)\b)rx");
  Findings findings;
  for (const Source& source : sources) {
    if (!source.is_code() || source.is_in("tests/tidy")) continue;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      if (std::regex_search(source.lines[i], open_end)) {
        findings.push_back(at(source, i, "do it, or name its issue: TODO(#12)"));
      }
    }
  }
  return findings;
}

}  // namespace buskin::tidy
