// fork_server_main: decides whether this process is a fork server, and runs it as one.
#pragma once

#include <string>

namespace buskin::runtime {

/// The segment's path when the arguments say that this process is a fork server; empty otherwise.
/// Without arguments (`argc` is null) the kernel's copy of them is read.
std::string served_segment(const int* argc, char** argv);

/// Serves the system of `segment` as its fork server, or as the standby of one, then ends the process.
[[noreturn]] void serve(const std::string& segment, const int* argc, char** argv);

}  // namespace buskin::runtime
