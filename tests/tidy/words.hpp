// Words: habits that make a sentence hard to read, and words that have left the project.
//
// The prose of a file is its comments and texts, or, where it is not C++, all of it.
// Names in code are read as their words: `seats_` and `SeatBook` hold `seat`.
#pragma once

#include <array>
#include <cctype>
#include <cstddef>
#include <regex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/tidy/source.hpp"

namespace buskin::tidy {

struct Habit {
  std::regex pattern;
  const char* better;
};

/// Looked for in prose.
inline const std::vector<Habit>& habits() {
  static const std::vector<Habit> all{
      {std::regex(R"rx(\b[Ww]ho(m)?(so)?ever\b)rx"), "name the thing that acts"},
      {std::regex(R"rx(\b([Tt]ell|[Tt]ells|[Tt]old|[Tt]elling)( \w+)? of\b)rx"), "notify, report, send"},
      {std::regex(R"rx(\b([Hh]e|[Hh]im|[Hh]is|[Hh]imself|[Ss]he|[Hh]ers?)\b)rx"), "a process is `it`"},
      {std::regex(R"rx(\b([Ii]s|[Aa]re|[Ww]as|[Ww]ere) no (?!longer\b|more\b))rx"), "is not a"},
      {std::regex(R"rx((^|[.:;?!(] ?)Of (?!course\b))rx"), "begin with the subject of the sentence"},
      {std::regex(R"rx(\b[Aa]new\b)rx"), "again, from the start"},
      {std::regex(R"rx(\b[Ll]etters?\b)rx"), "message; only a dead letter is one"},
      {std::regex(R"rx(\balike[.,;:)]|\balike$)rx"), "in the same way"},
      {std::regex(R"rx(\b(would|could|might|may|can|will|must|is|are) else\b|(^|[.] )Else\b|(^|[^:])[;:] else\b)rx"),
       "otherwise"},
  };
  return all;
}

/// Looked for in prose and in names.
inline const std::vector<Habit>& old_words() {
  static const std::vector<Habit> all{
      {std::regex(R"rx(\b([Uu]n|[Ss]till)?[Bb]orn\b|\b[Bb]irths?\b)rx"), "spec, start, create"},
      {std::regex(R"rx(\b[Bb]ury(ing)?\b|\b[Bb]uri(ed|es)\b)rx"), "return mail, close, repair, join or delete"},
      {std::regex(R"rx(\b[Vv]oices?\b|\b[Ss]peakers?\b)rx"), "endpoint"},
      {std::regex(R"rx(\b[Cc]ouriers?\b)rx"), "system sender"},
      {std::regex(R"rx(\b[Dd]esks?\b)rx"), "active state"},
      {std::regex(R"rx(\b[Ss]eats?\b)rx"), "client thread"},
      {std::regex(R"rx(\b[Pp]arcels?\b)rx"), "send spec"},
      {std::regex(R"rx(\b[Cc]reatures?\b)rx"), "an actor that ends with its creator"},
  };
  return all;
}

/// What is fine although a pattern matches it.
inline const std::regex& fine_phrases() {
  static const std::regex all(R"rx([Tt]here (is|are|was|were) no)rx"
                              R"rx(|[Dd]ead[-_ .]?[Ll]etters?|[Ll]etters, digits)rx"
                              R"rx(|`buried`|^buried$|Counter::Buried|^ *Buried,)rx");
  return all;
}

/// A text and the lines that it stands on.
struct Prose {
  std::string text;
  std::vector<std::pair<std::size_t, std::size_t>> lines;  // Where in the text each line begins, and its index.

  void add(std::string_view line, std::size_t index) {
    if (!text.empty() && !text.ends_with(' ')) text += ' ';
    lines.emplace_back(text.size(), index);
    text += line;
  }
  std::size_t line_of(std::size_t place) const {
    std::size_t line = 0;
    for (const auto& [begin, index] : lines) {
      if (begin <= place) line = index;
    }
    return line;
  }
};

/// One line of C++, taken apart.
struct CodeLine {
  std::string code;
  std::string comment;
  std::vector<std::string> texts;
};

inline CodeLine take_apart(const std::string& line) {
  CodeLine parts;
  std::size_t i = 0;
  while (i < line.size()) {
    if (line.compare(i, 2, "//") == 0) {
      parts.comment = line.substr(
          line.find_first_not_of("/<", i) == std::string::npos ? line.size() : line.find_first_not_of("/<", i));
      break;
    }
    if (line[i] == '"' && (i == 0 || line[i - 1] != '\'')) {
      std::string text;
      for (++i; i < line.size() && line[i] != '"'; ++i) {
        if (line[i] == '\\') ++i;
        if (i < line.size()) text += line[i];
      }
      parts.texts.push_back(text);
    } else {
      parts.code += line[i];
    }
    ++i;
  }
  return parts;
}

inline std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// Comments that follow each other are one text, and so are literals.
inline std::vector<Prose> prose_of_code(const Source& source) {
  std::vector<Prose> all;
  Prose comment;
  Prose literal;
  const auto end = [&](Prose& prose) {
    if (!prose.text.empty()) all.push_back(std::move(prose));
    prose = Prose();
  };
  for (std::size_t i = 0; i < source.lines.size(); ++i) {
    const CodeLine parts = take_apart(source.lines[i]);
    const std::string said = trimmed(parts.comment);
    const bool has_code = !trimmed(parts.code).empty();
    if (said.empty() || has_code) end(comment);
    if (!said.empty()) comment.add(said, i);
    if (parts.code.starts_with("#include")) continue;
    bool goes_on = trimmed(source.lines[i]).starts_with('"');
    for (const std::string& text : parts.texts) {
      if (!std::exchange(goes_on, false)) end(literal);
      literal.add(text, i);
    }
  }
  end(comment);
  end(literal);
  return all;
}

/// Paragraphs. A row of a table, a heading and a point of a list are texts of their own.
inline std::vector<Prose> prose_of_text(const Source& source) {
  static const std::regex begins(R"rx(^\s*(#+ |\||[-*] |\d+\. ))rx");
  static const std::regex marks(R"rx(^\s*(#+|//+|\*) ?)rx");
  std::vector<Prose> all;
  Prose prose;
  const auto end = [&] {
    if (!prose.text.empty()) all.push_back(std::move(prose));
    prose = Prose();
  };
  for (std::size_t i = 0; i < source.lines.size(); ++i) {
    const std::string& line = source.lines[i];
    const bool is_comment = !source.path.ends_with(".md") && std::regex_search(line, marks);
    if (trimmed(line).empty() || (!is_comment && std::regex_search(line, begins))) end();
    const std::string text = is_comment ? std::regex_replace(line, marks, "") : trimmed(line);
    if (text.empty()) {
      end();
    } else {
      prose.add(text, i);
    }
  }
  end();
  return all;
}

/// `SeatBook` and `seat_book` become `Seat Book` and `seat book`.
inline std::string words_of(const std::string& code) {
  std::string words;
  char last = ' ';
  for (const char c : code) {
    const bool begins =
        std::isupper(static_cast<unsigned char>(c)) != 0 && std::islower(static_cast<unsigned char>(last)) != 0;
    if (begins) words += ' ';
    const bool is_constant = last == 'k' && words.ends_with("k ");
    if (is_constant) words.replace(words.size() - 2, 2, " ");
    words += c == '_' ? ' ' : c;
    last = c;
  }
  return words;
}

/// `text` with what is fine struck out, at the same length.
inline std::string without_fine_phrases(std::string text) {
  const std::string whole = text;
  for (std::sregex_iterator match(whole.begin(), whole.end(), fine_phrases()), end; match != end; ++match) {
    text.replace(static_cast<std::size_t>(match->position()), static_cast<std::size_t>(match->length()),
                 static_cast<std::size_t>(match->length()), '~');
  }
  return text;
}

inline void find_habits(const Source& source, const Prose& prose, const std::vector<Habit>& habits,
                        Findings& findings) {
  const std::string text = without_fine_phrases(prose.text);
  for (const Habit& habit : habits) {
    for (std::sregex_iterator match(text.begin(), text.end(), habit.pattern), end; match != end; ++match) {
      const auto place = static_cast<std::size_t>(match->position() + match->length() - 1);
      findings.push_back(at(source, prose.line_of(place), "'" + trimmed(match->str()) + "': " + habit.better));
    }
  }
}

/// The files whose words are held: those that somebody reads who uses or changes Buskin.
inline bool is_held_to_words(const Source& source) {
  constexpr std::array kFolders{"shm", "api", "admin", "bridge", "examples", "bench", "docs", "scripts", "tests"};
  if (source.is_in("tests/tidy") || source.path.ends_with(".mutant") || source.path.ends_with(".pml")) return false;
  if (source.path.find('/') == std::string::npos) return source.path.ends_with(".md");
  for (const char* folder : kFolders) {
    if (source.is_in(folder)) return true;
  }
  return false;
}

/// Two sections quote what is refused: the list of old names, and the rule itself.
inline std::string section_of_quotes(const Source& source) {
  if (source.path == "docs/words.md") return "## Old names";
  if (source.path == "docs/style.md") return "## English";
  return "";
}

/// The source with the lines of the section `heading` emptied.
inline Source without_section(Source source, std::string_view heading) {
  bool is_inside = false;
  for (std::string& line : source.lines) {
    if (line.starts_with("## ")) is_inside = line == heading;
    if (is_inside) line.clear();
  }
  return source;
}

inline Findings sentences_are_plain(const Sources& sources) {
  Findings findings;
  for (const Source& source : sources) {
    if (!is_held_to_words(source)) continue;
    const Source read = without_section(source, section_of_quotes(source));
    for (const Prose& prose : source.is_code() ? prose_of_code(read) : prose_of_text(read)) {
      find_habits(source, prose, habits(), findings);
      find_habits(source, prose, old_words(), findings);
    }
    if (!source.is_code()) continue;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      Prose names;
      names.add(words_of(take_apart(source.lines[i]).code), i);
      find_habits(source, names, old_words(), findings);
    }
  }
  return findings;
}

}  // namespace buskin::tidy
