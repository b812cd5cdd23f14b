// Identity: which program this is, as a number.
//
// An actor process must be a fork of the same binary in the same surroundings: the
// same build id, working directory and environment. So all three are in the number.
#pragma once

#include <cstdint>
#include <string>

namespace buskin::runtime {

/// Hash of the executable's build id, else of its bytes; mixed with folder and environment. Never 0.
std::uint64_t program_key();

/// The executable of this process.
std::string own_executable();

}  // namespace buskin::runtime
