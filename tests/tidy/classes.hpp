// Classes: how many functions each declares. A class with forty has more than one job.
//
// Counted by text: a declaration in the body of a class that has a parameter list.
#pragma once

#include <cstddef>
#include <map>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/rules.hpp"
#include "tests/tidy/source.hpp"

namespace buskin::tidy {

inline constexpr std::size_t kFunctionsMax = 39;

/// The line without its comment and without what stands in quotes.
inline std::string code_of(const std::string& line) {
  static const std::regex quoted(R"rx("([^"\\]|\\.)*"|'([^'\\]|\\.)*')rx");
  const std::string code = std::regex_replace(line, quoted, "\"\"");
  return code.substr(0, code.find("//"));
}

/// Without template arguments and parameters: `std::function<void()> f` becomes `std::function f`.
inline std::string without_angles(std::string text) {
  static const std::regex innermost(R"rx(<[^<>]*>)rx");
  // Ends: each turn shortens the text.
  for (std::size_t size = text.size() + 1; text.size() < size;) {
    size = text.size();
    text = std::regex_replace(text, innermost, "");
  }
  return text;
}

/// Reads a header as text and counts the functions of its classes.
class FunctionCounter {
 public:
  void add(const std::string& line) {
    for (const char c : code_of(line)) {
      if (c == '(') ++parentheses_;
      if (c == ')') --parentheses_;
      if (parentheses_ > 0 || (c != '{' && c != '}' && c != ';')) {
        statement_ += c;
      } else if (c == '{') {
        open();
      } else if (c == '}') {
        close();
      } else {
        end_statement();
      }
    }
    statement_ += ' ';
  }
  const std::map<std::string, std::size_t>& functions() const { return functions_; }

 private:
  void open() {
    static const std::regex type(R"rx((^|\s)(class|struct)\s+(alignas\([^)]*\)\s*)?([A-Za-z_]\w*)[^()=]*$)rx");
    const std::string statement = without_angles(statement_);
    std::smatch match;
    if (std::regex_search(statement, match, type) && statement.find("enum ") == std::string::npos) {
      scopes_.push_back(match[4]);
      functions_.try_emplace(match[4]);
    } else {
      count();
      scopes_.emplace_back();
    }
    statement_.clear();
  }
  void close() {
    if (!scopes_.empty()) scopes_.pop_back();
    statement_.clear();
  }
  void end_statement() {
    count();
    statement_.clear();
  }
  /// Counts what stands directly in a class and has a parameter list after its name.
  void count() {
    static const std::regex function(R"rx(^[^=]*(\w|operator\s*\S+)\s*\()rx");
    static const std::regex other(R"rx(\b(friend|using|static_assert|typedef)\b)rx");
    if (scopes_.empty() || scopes_.back().empty()) return;
    const std::string statement = without_angles(statement_);
    if (std::regex_search(statement, function) && !std::regex_search(statement, other)) ++functions_[scopes_.back()];
  }

  std::map<std::string, std::size_t> functions_;
  std::vector<std::string> scopes_;  // The class that each open brace belongs to; empty for any other brace.
  std::string statement_;
  int parentheses_ = 0;
};

inline Findings classes_have_few_functions(const Sources& sources) {
  Findings findings;
  for (const Source& source : sources) {
    if (!is_product(source) || !source.path.ends_with(".hpp")) continue;
    FunctionCounter counter;
    for (const std::string& line : source.lines) counter.add(line);
    for (const auto& [name, functions] : counter.functions()) {
      if (functions <= kFunctionsMax) continue;
      findings.push_back(
          at(source, 0,
             name + " declares " + std::to_string(functions) + " functions; a class has one job and fewer than 40"));
    }
  }
  return findings;
}

}  // namespace buskin::tidy
