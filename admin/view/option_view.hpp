// OptionView: one option with which an actor was created.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "buskin/options.hpp"

namespace buskin::view {

using OptionValue = std::variant<bool, std::int64_t, std::uint64_t, std::string, std::vector<int>>;

struct OptionView {
  std::string_view name;    ///< As in code: `mailbox.capacity`. A time ends in `_ns`.
  OptionValue value;
  bool is_default = true;   ///< False: the creator chose another value.
};

/// All options, in the order of CreateOptions.
std::vector<OptionView> view_options(const CreateOptions& options);

}  // namespace buskin::view
