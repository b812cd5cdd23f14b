// find_admin: where the program buskin-admin is installed.
#pragma once

#include <string>

namespace buskin::runtime {

/// The path in BUSKIN_ADMIN. Without it: beside this program, in the `bin` beside its folder, where Buskin was built or
/// installed, or on PATH. Throws std::runtime_error with a sentence that names the places.
std::string find_admin();

}  // namespace buskin::runtime
