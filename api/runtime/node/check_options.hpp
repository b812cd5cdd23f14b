// check_options: refuses what makes no sense, before anything is made.
#pragma once

#include "buskin/error.hpp"
#include "buskin/options.hpp"

namespace buskin::runtime {

/// BadOption with a sentence that names the option and what it may be.
Status check_options(const CreateOptions& options);

}  // namespace buskin::runtime
