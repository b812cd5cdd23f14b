// crash_point: a named place where the process may die.
//
// Every `// crash(name)` comment has one. In the library as shipped it does
// nothing; a test program that is compiled with BUSKIN_CRASH_POINTS kills itself
// there when the name is armed.
#pragma once

#ifdef BUSKIN_CRASH_POINTS
#include <csignal>
#include <string_view>
#include <unistd.h>

namespace buskin::shm {
inline std::string_view armed_crash_point;
inline void crash_point(std::string_view name) {
  if (name == armed_crash_point) ::kill(::getpid(), SIGKILL);
}
}  // namespace buskin::shm
#else
namespace buskin::shm {
constexpr void crash_point(const char*) {}
}  // namespace buskin::shm
#endif
