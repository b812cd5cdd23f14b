// print: results on standard output: JSON for programs, lines and tables for people.
#pragma once

#include <string>
#include <vector>

#include "admin/tool/choices.hpp"
#include "admin/tool/json.hpp"

namespace buskin::tool {

void print_line(const std::string& line);
/// One object in one line.
void print_json(const Json& result);
/// With --json the object, otherwise the text.
void print_result(const Choices& choices, const Json& result, const std::string& text);

using Row = std::vector<std::string>;
/// Prints a table: the first row is its head, and every row has as many cells.
void print_table(const std::vector<Row>& rows);

/// A value as people write it: a text without quotes, an empty text as a dash.
std::string plain(const Json& value);

}  // namespace buskin::tool
