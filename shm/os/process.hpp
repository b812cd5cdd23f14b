// Process: what the kernel says about processes: pidfd, start time, namespace, boot id; and titles.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace buskin::shm {

/// Field 22 of /proc/PID/stat; 0 when there is no such process.
std::uint64_t start_time_of(std::int32_t pid);
/// The status with which the process ended, as wait() will return it to its parent. It is known until the
/// parent has waited, and only to the user of the process.
std::optional<int> exit_status_of(std::int32_t pid, std::uint64_t start_time);
/// Is the process stopped by SIGSTOP, a terminal or a debugger?
bool is_stopped(std::int32_t pid);
/// Inode of the caller's pid namespace.
std::uint64_t own_pid_namespace();
/// Descriptor that becomes readable when `pid` dies; -1 when there is no such process.
int open_pidfd(std::int32_t pid);
/// True until the process of `pidfd` dies.
bool pidfd_alive(int pidfd);
/// Differs after each boot of the machine; zeroes when it cannot be read.
std::array<std::uint64_t, 2> boot_id();
/// Sets the title that `ps` shows for this process, cut to 63 bytes. After keep_argv() it is also written over argv.
void set_process_title(const std::string& title);
/// Call first in main with its arguments, so that the title can use their memory.
void keep_argv(int argc, char** argv);
/// Random 64 bits, never 0.
std::uint64_t random_id();

}  // namespace buskin::shm
