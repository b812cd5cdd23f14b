// system_settings: what arguments and environment say about the system to open.
//
// Order: code, arguments, environment. Only arguments that begin with --buskin- are read, and taken out.
#pragma once

#include "buskin/options.hpp"

namespace buskin::runtime {

/// `options` with what was left at its default replaced by what arguments or environment say; `argc` may be null.
/// Throws std::runtime_error with a sentence.
SystemOptions with_settings(const SystemOptions& options, const int* argc, char** argv);

/// Takes the arguments that begin with --buskin- out of `argv`; `argc` may be null.
void take_out_arguments(int* argc, char** argv);

}  // namespace buskin::runtime
