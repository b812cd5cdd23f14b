// Types: two types of one name in one program are a silent clash (the one definition rule), so there are none.
//
// Read as text: a definition at the beginning of a line, and the namespaces that are open there. What an
// anonymous namespace holds belongs to its file.
#pragma once

#include <map>
#include <regex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/tidy/rules.hpp"
#include "tests/tidy/source.hpp"

namespace buskin::tidy {

/// The program that a file belongs to: the product is one, and each folder of tests; empty for all other files.
inline std::string program_of(const Source& source) {
  static const std::regex label(R"rx(^tests/(unit/)?[a-z_]+/)rx");
  std::smatch match;
  if (is_product(source)) return "the product";
  if (!source.is_code() || !std::regex_search(source.path, match, label)) return "";
  for (const char* folder : {"tests/crash", "tests/storm", "tests/compile_fail", "tests/consumers"}) {
    if (source.is_in(folder)) return source.path;  // A program each.
  }
  return match.str();
}

/// Walks over the lines of a file and knows in which namespace each stands.
class NamespaceReader {
 public:
  void read(const std::string& line) {
    static const std::regex opens(R"rx(^(inline )?namespace ?([\w:]*( \w+)?) ?\{$)rx");
    std::smatch match;
    if (std::regex_search(line, match, opens)) {
      open_.push_back(match[2]);
    } else if (line.starts_with("}  // namespace") && !open_.empty()) {
      open_.pop_back();
    }
  }
  bool is_anonymous() const {
    for (const std::string& name : open_) {
      if (name.empty()) return true;
    }
    return false;
  }
  std::string name_of(std::string_view type) const {
    std::string name;
    for (const std::string& part : open_) name += part + "::";
    return name + std::string(type);
  }

 private:
  std::vector<std::string> open_;  // An anonymous namespace has no name.
};

inline Findings types_have_one_definition(const Sources& sources) {
  static const std::regex definition(R"rx(^(struct|class|union|enum class|enum) (alignas\([^)]*\) )?(\w+) [^;]*$)rx");
  struct Place {
    const Source* source;
    std::string text;
  };
  std::map<std::pair<std::string, std::string>, Place> places;
  Findings findings;
  for (const Source& source : sources) {
    const std::string program = program_of(source);
    if (program.empty()) continue;
    NamespaceReader reader;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      reader.read(source.lines[i]);
      std::smatch match;
      if (reader.is_anonymous() || !std::regex_search(source.lines[i], match, definition)) continue;
      const std::string name = reader.name_of(match[3].str());
      const Place& first = places.try_emplace({program, name}, Place{&source, at(source, i, "")}).first->second;
      // Within one file the compiler sees both, or one of them in each kind of build.
      if (first.source == &source) continue;
      findings.push_back(at(source, i, name + " is also " + first.text + "give each file a namespace of its own"));
    }
  }
  return findings;
}

}  // namespace buskin::tidy
