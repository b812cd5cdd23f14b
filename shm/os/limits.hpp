// limits: what the kernel says when it refuses something, and which limit of this process it means.
//
// Errno alone helps nobody: EAGAIN of fork() is pids.max, `ulimit -u` or `ulimit -v`. What is read here is read after
// the refusal, so a limit that was changed in between is named with its new value.
#pragma once

#include <cstdint>
#include <string>

namespace buskin::shm {

/// The kernel's own words for an errno.
std::string system_words(int code);

/// The kernel's words, and for EAGAIN (tasks), EMFILE, ENFILE (descriptors) and ENOMEM (address space) the limit with
/// its value, and how it is read or set.
std::string limit_words(int code);

/// Bytes that this process may map (`ulimit -v`); 0 for no limit.
std::uint64_t address_space_max();

}  // namespace buskin::shm
