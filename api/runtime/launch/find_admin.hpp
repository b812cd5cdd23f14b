// find_admin: where the program buskin-admin is installed.
#pragma once

#include <string>

namespace buskin::runtime {

/// The path in BUSKIN_ADMIN. Without it: where look_for_admin_beside() says, beside this program, in the `bin` beside
/// its folder, or on PATH. Throws std::runtime_error with a sentence that names the places.
std::string find_admin();

/// `path` is that of a buskin-admin, or of the public header in PREFIX/include/buskin, for PREFIX/bin. Threads: any.
void look_for_admin_beside(const char* path);

}  // namespace buskin::runtime
