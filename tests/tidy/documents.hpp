// Documents: what they say about the code is true.
//
// docs/errors.md holds the literal error texts. A heading `### text` is such a text;
// <word> in it stands for a part that varies. Each piece between has to stand in the
// code, and each error code in the document.
//
// A path that a document names leads to a file; the new names in docs/words.md, and the
// functions on the walks of docs/architecture.md, stand in the code.
#pragma once

#include <algorithm>
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

/// Is `path` a file of the tree, a folder, or a file without its ending?
inline bool leads_somewhere(const Sources& sources, const std::string& path) {
  return std::any_of(sources.begin(), sources.end(), [&](const Source& source) {
    const bool begins = source.path.starts_with(path);
    return source.path == path || (begins && (source.path[path.size()] == '/' || source.path[path.size()] == '.'));
  });
}

/// Documents that describe the present. A decision describes its time.
inline bool is_present_document(const Source& source) {
  return source.path.ends_with(".md") && !source.is_in("docs/decisions");
}

inline Findings named_paths_exist(const Sources& sources) {
  static const std::regex named(
      R"rx(`((shm|api|admin|bench|examples|scripts|tests|docs)/[a-z0-9_./-]*[a-z0-9_])/?`)rx");
  Findings findings;
  for (const Source& source : sources) {
    if (!is_present_document(source)) continue;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      const std::string& line = source.lines[i];
      if (line.find("| Later: ") != std::string::npos) continue;
      for (std::sregex_iterator match(line.begin(), line.end(), named), end; match != end; ++match) {
        const std::string path = (*match)[1];
        if (!leads_somewhere(sources, path)) findings.push_back(at(source, i, "there is no " + path));
      }
    }
  }
  return findings;
}

/// The names in the last column of the table below "## Old names" of docs/words.md are those of the code.
inline Findings new_names_stand_in_the_code(const Sources& sources) {
  static const std::regex name(R"rx(`(\w+)`)rx");
  const Source* document = find_source(sources, "docs/words.md");
  if (document == nullptr) return {"docs/words.md is missing"};

  Findings findings;
  const std::string code = joined_code(sources);
  bool is_inside = false;
  for (std::size_t i = 0; i < document->lines.size(); ++i) {
    const std::string& line = document->lines[i];
    if (line.starts_with("## ")) is_inside = line == "## Old names";
    if (!is_inside || !line.starts_with("| ")) continue;
    const std::string now = line.substr(line.find(" | ") + 3);
    for (std::sregex_iterator match(now.begin(), now.end(), name), end; match != end; ++match) {
      if (code.find((*match)[1]) == std::string::npos) {
        findings.push_back(at(*document, i, "the code has no " + (*match)[1].str()));
      }
    }
  }
  return findings;
}

/// Every `Class::function` and `function()` of docs/architecture.md stands in the code.
inline Findings named_functions_exist(const Sources& sources) {
  static const std::regex named(R"rx(`((\w+)::)?(\w+)(\(\))?`)rx");
  const Source* document = find_source(sources, "docs/architecture.md");
  if (document == nullptr) return {"docs/architecture.md is missing"};

  Findings findings;
  const std::string code = joined_code(sources);
  for (std::size_t i = 0; i < document->lines.size(); ++i) {
    const std::string& line = document->lines[i];
    for (std::sregex_iterator match(line.begin(), line.end(), named), end; match != end; ++match) {
      const bool is_member = (*match)[1].matched;
      if (!is_member && !(*match)[4].matched) continue;
      const std::string function = (*match)[3].str() + "(";
      const std::string owner = (*match)[2];
      const bool stands = is_member ? code.find(owner + "::" + function) != std::string::npos ||
                                          (code.find("class " + owner) != std::string::npos &&
                                           code.find(" " + function) != std::string::npos)
                                    : code.find(" " + function) != std::string::npos;
      if (!stands) findings.push_back(at(*document, i, "the code has no " + (*match)[0].str()));
    }
  }
  return findings;
}

}  // namespace buskin::tidy
