// Documents: docs/errors.md holds the error texts that the code says, literally.
//
// A heading `### text` is such a text; <word> in it stands for what varies. Each
// piece between has to stand in the code, and each error code in the document.
#pragma once

#include <cctype>
#include <cstddef>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/rules.hpp"
#include "tests/tidy/source.hpp"

namespace buskin::tidy {

inline const Source* find_source(const Sources& sources, std::string_view path) {
  for (const Source& source : sources) {
    if (source.path == path) return &source;
  }
  return nullptr;
}

/// The product's code as one text, in which literals that follow each other are one.
inline std::string joined_code(const Sources& sources) {
  std::string text;
  for (const Source& source : sources) {
    if (!is_product(source)) continue;
    for (const std::string& line : source.lines) {
      const std::size_t first = line.find_first_not_of(' ');
      const bool goes_on = first != std::string::npos && line[first] == '"' && text.ends_with("\"\n");
      if (goes_on) text.resize(text.size() - 2);
      text += goes_on ? line.substr(first + 1) : line;
      text += '\n';
    }
  }
  return text;
}

/// The pieces of `heading` around its placeholders.
inline std::vector<std::string> literal_pieces(const std::string& heading) {
  static const std::regex placeholder(R"rx(<[a-z ]+>)rx");
  std::vector<std::string> pieces;
  for (std::sregex_token_iterator piece(heading.begin(), heading.end(), placeholder, -1), end; piece != end; ++piece) {
    if (piece->length() > 0) pieces.push_back(*piece);
  }
  return pieces;
}

/// `MailboxFull` as the code prints it: `mailbox_full`.
inline std::string snake_case(const std::string& name) {
  std::string snake;
  for (const char letter : name) {
    const auto code = static_cast<unsigned char>(letter);
    if (std::isupper(code) != 0 && !snake.empty()) snake += '_';
    snake += static_cast<char>(std::tolower(code));
  }
  return snake;
}

/// The enumerators of buskin::Code.
inline std::vector<std::string> error_codes(const Source& error_header) {
  static const std::regex enumerator(R"rx(^\s+([A-Z][A-Za-z]+)\b.*,)rx");
  std::vector<std::string> codes;
  bool inside = false;
  for (const std::string& line : error_header.lines) {
    std::smatch match;
    if (line.starts_with("enum class Code")) inside = true;
    if (inside && line.starts_with("}")) break;
    if (inside && std::regex_search(line, match, enumerator)) codes.push_back(match[1]);
  }
  return codes;
}

inline Findings error_texts_are_literal(const Sources& sources) {
  const Source* document = find_source(sources, "docs/errors.md");
  const Source* header = find_source(sources, "api/include/buskin/error.hpp");
  if (document == nullptr || header == nullptr) return {"docs/errors.md or error.hpp is missing"};

  Findings findings;
  const std::string code = joined_code(sources);
  std::string text;
  for (std::size_t i = 0; i < document->lines.size(); ++i) {
    const std::string& line = document->lines[i];
    text += line + '\n';
    if (!line.starts_with("### ")) continue;
    for (const std::string& piece : literal_pieces(line.substr(4))) {
      if (code.find(piece) == std::string::npos) {
        findings.push_back(at(*document, i, "the code does not say '" + piece + "'"));
      }
    }
  }
  for (const std::string& name : error_codes(*header)) {
    if (name == "Ok" || text.find("`" + snake_case(name) + "`") != std::string::npos) continue;
    findings.push_back("docs/errors.md: explain the code `" + snake_case(name) + "`");
  }
  return findings;
}

}  // namespace buskin::tidy
