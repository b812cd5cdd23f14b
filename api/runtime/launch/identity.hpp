// Identity: the program that this process runs, as a number.
//
// An actor process must be a fork of the same binary in the same surroundings: with the same build id, working
// directory and environment. So the number depends on all three.
#pragma once

#include <cstdint>
#include <string>

namespace buskin::runtime {

/// A hash of the executable's build id (of its bytes without one), the working directory and the environment. Never 0.
std::uint64_t program_key();

/// The path of the executable of this process.
std::string own_executable();
/// A path by which this program is executed again, also when its file was replaced. Under valgrind, whose own file the
/// kernel knows as the executable, it is that of the program.
std::string path_to_execute();

}  // namespace buskin::runtime
