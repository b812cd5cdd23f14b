// Check: the same totals by coreutils and grep.
#pragma once

#include <stdlib.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "ledger.hpp"

namespace count {

/// Counts `directory` once more by other means. A sentence when the totals differ.
inline std::string check(const std::string& directory, const Found& found) {
  setenv("COUNT_DIRECTORY", directory.c_str(), 1);
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(
      popen("export LC_ALL=C; find \"$COUNT_DIRECTORY\" -type f -print0 2>/dev/null"
            " | xargs -0 grep -aohE '[A-Za-z_][A-Za-z0-9_]*' 2>/dev/null"
            " | sort | uniq -c | sort -k1,1nr -k2,2",
            "r"),
      &pclose);
  if (pipe == nullptr) return "cannot start a shell to check with: " + std::string(std::strerror(errno));
  char* line = nullptr;
  std::size_t room = 0;
  std::uint64_t identifiers = 0, distinct = 0;
  std::string wrong;
  while (getline(&line, &room, pipe.get()) > 0) {
    char* name = nullptr;
    const std::uint64_t count = std::strtoull(line, &name, 10);
    name += std::strspn(name, " ");
    name[std::strcspn(name, "\n")] = '\0';
    const bool is_shown = distinct < found.top.size();
    if (is_shown && wrong.empty() && found.top[distinct] != std::make_pair(std::string(name), count)) {
      wrong = "coreutils say " + std::to_string(count) + " times " + name;
    }
    identifiers += count;
    ++distinct;
  }
  free(line);
  if (identifiers != found.identifiers || distinct != found.distinct) {
    wrong = "coreutils say " + std::to_string(identifiers) + " identifiers, " + std::to_string(distinct) + " distinct";
  }
  return wrong;
}

}  // namespace count
