// death_mark: how a line of the log begins that tells of a death; the rest of it is JSON.
//
// Floor: admin.
#pragma once

#include <string_view>

namespace buskin::admin {

inline constexpr std::string_view kDeathMark = "death ";

}  // namespace buskin::admin
