// check_options: refuses options that make no sense, before an actor is created.
#pragma once

#include "buskin/error.hpp"
#include "buskin/options.hpp"

namespace buskin::runtime {

/// Returns BadOption with a sentence that names the option and the values that it may have.
Status check_options(const CreateOptions& options);

}  // namespace buskin::runtime
