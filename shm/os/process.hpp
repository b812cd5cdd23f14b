// Process facts by the kernel's word: pidfd, start time, namespaces, boot id.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace buskin::shm {

/// Field 22 of /proc/PID/stat; 0 when there is no such process.
std::uint64_t start_time_of(std::int32_t pid);
/// How the process ended, as wait() will tell its parent: while nobody has asked for it, and for its own user only.
std::optional<int> exit_status_of(std::int32_t pid, std::uint64_t start_time);
/// Inode of the caller's pid namespace.
std::uint64_t own_pid_namespace();
/// Descriptor that becomes readable when `pid` dies; -1 when there is no such process.
int open_pidfd(std::int32_t pid);
/// True while the process of `pidfd` has not died.
bool pidfd_alive(int pidfd);
std::array<std::uint64_t, 2> boot_id();
/// What `ps` shows for this process. Cut to 63 bytes; also written over argv when `argv_area` was given.
void set_process_title(const std::string& title);
/// Call first in main with its arguments, so that the title can use their memory.
void keep_argv(int argc, char** argv);
/// Random 64 bits, never 0.
std::uint64_t random_id();

}  // namespace buskin::shm
