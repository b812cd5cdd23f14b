// scan: count's readers find the same identifiers as coreutils, and as a reader by hand.
#include "examples/count/scan.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <random>
#include <string>

namespace {

std::map<std::string, std::uint64_t> counts_of(std::string_view text) {
  count::Table table;
  std::uint64_t sum = 0;
  const std::uint64_t found = count::scan(text, table);
  std::map<std::string, std::uint64_t> counts;
  for (const auto& entry : table.places()) {
    if (entry.count != 0) counts[std::string(entry.name)] = entry.count;
    sum += entry.count;
  }
  EXPECT_EQ(found, sum);
  EXPECT_EQ(counts.size(), table.size());
  return counts;
}

std::map<std::string, std::uint64_t> counts_by_coreutils(const std::string& text) {
  char path[] = "/tmp/buskin-scan-XXXXXX";
  const int fd = mkstemp(path);
  EXPECT_GE(fd, 0);
  close(fd);
  std::ofstream(path, std::ios::binary) << text;
  const std::string command = std::string("LC_ALL=C tr -c 'A-Za-z0-9_' '\\n' <") + path +
                              " | LC_ALL=C grep -o '[A-Za-z_][A-Za-z0-9_]*' | LC_ALL=C sort | uniq -c";
  std::map<std::string, std::uint64_t> counts;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 65'536> name{};
  unsigned long count = 0;
  while (fscanf(pipe, "%lu %65535s", &count, name.data()) == 2) counts[name.data()] = count;
  pclose(pipe);
  unlink(path);
  return counts;
}

TEST(Scan, FindsNothingInAnEmptyText) { EXPECT_TRUE(counts_of("").empty()); }

TEST(Scan, BeginsBehindDigitsAndEndsWithTheText) {
  const std::map<std::string, std::uint64_t> expected{{"abc", 1}, {"_", 1}, {"x9_", 2}};
  EXPECT_EQ(counts_of("9abc _ x9_ 12 -x9_"), expected);
}

TEST(Scan, TakesBytesAbove127AndZeroAsSeparators) {
  const std::map<std::string, std::uint64_t> expected{{"a", 1}, {"b", 1}, {"c", 1}};
  EXPECT_EQ(counts_of(std::string_view("a\0b\xc3\xa4" "c", 6)), expected);
}

TEST(Scan, CountsWhatCoreutilsCountInRandomBytes) {
  std::mt19937 random(7);
  std::string text;
  for (int i = 0; i < 400'000; ++i) {
    text += random() % 4 == 0 ? static_cast<char>(random() % 256) : "aBz_09 \n"[random() % 8];
  }
  EXPECT_EQ(counts_of(text), counts_by_coreutils(text));
}

TEST(Scan, KeepsEveryNameWhileItsTableGrows) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "name" + std::to_string(i) + (i % 2 == 0 ? " " : " twice ");
  const auto counts = counts_of(text);
  EXPECT_EQ(counts.size(), 200'001u);
  EXPECT_EQ(counts.at("twice"), 100'000u);
  EXPECT_EQ(counts.at("name199999"), 1u);
}

TEST(Scan, TakesANameLongerThanTheArena) {
  EXPECT_EQ(counts_of(std::string(3 << 20, 'x')).begin()->first.size(), std::size_t{3 << 20});
}

}  // namespace
