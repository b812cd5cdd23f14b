// Options: what the command line of buskin_bench says.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/harness/row.hpp"
#include "bench/harness/scale.hpp"

namespace bench {

inline constexpr const char* kUsage =
    "Usage: buskin_bench [NAME...] [--base processes|threads] [--json FILE] [--quick]\n"
    "NAME chooses the rows whose name begins with it. Without a NAME all rows are measured.";

struct Options {
  std::vector<std::string> names{};
  std::string base = "processes";
  std::string json{};
  Scale scale{};
  bool help = false;

  bool wants(std::string_view row) const;
};

/// Fills `options`. Returns a sentence when the command line makes no sense.
std::string parse(int argc, char** argv, Options& options);

/// Returns a sentence that lists the rows when one of `names` begins none of them.
std::string check_names(const std::vector<std::string>& names, const Rows& rows);

}  // namespace bench
