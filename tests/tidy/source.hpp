// Source: a file of this project as lines, and the tree as a list of them.
//
// Not for: understanding C++. The rules match text, which is quick, obvious, and
// wrong only in ways that a reader can see.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace buskin::tidy {

struct Source {
  std::string path;  // Relative to the root of the project.
  std::vector<std::string> lines;

  bool is_in(std::string_view folder) const {
    return path.size() > folder.size() && path.compare(0, folder.size(), folder) == 0 &&
           path[folder.size()] == '/';
  }
  bool is_code() const { return path.ends_with(".hpp") || path.ends_with(".cpp"); }
};

using Sources = std::vector<Source>;

/// One place that breaks a rule: "file:line: what to do".
using Findings = std::vector<std::string>;

inline std::string at(const Source& source, std::size_t index, std::string_view what) {
  return source.path + ":" + std::to_string(index + 1) + ": " + std::string(what);
}

inline Source source_of(std::string path, std::string_view text) {
  Source source{std::move(path), {}};
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);) source.lines.push_back(line);
  return source;
}

inline Sources read_tree(const std::filesystem::path& root) {
  constexpr std::array kFolders{".ci",  "admin",    "api",     "bench", "bridge", "cmake",
                                "docs", "examples", "scripts", "shm",   "tests"};
  Sources sources;
  const auto read = [&](const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    sources.push_back(source_of(std::filesystem::relative(path, root).string(), text.str()));
  };
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    // In a second working tree `.git` is a file that names the first.
    if (entry.is_regular_file() && entry.path().filename() != ".git") read(entry.path());
  }
  for (const char* folder : kFolders) {
    if (!std::filesystem::exists(root / folder)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      if (entry.is_regular_file()) read(entry.path());
    }
  }
  std::sort(sources.begin(), sources.end(),
            [](const Source& a, const Source& b) { return a.path < b.path; });
  return sources;
}

}  // namespace buskin::tidy
