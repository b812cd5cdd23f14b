// closed_endpoint: what stands behind a handle whose own endpoint is gone.
#pragma once

#include "buskin/detail/endpoint.hpp"

namespace buskin::inline v0::detail {

/// An endpoint that does nothing: each call returns `why`, or nothing where it returns no code. `why` is Forked,
/// ShuttingDown or WrongUse. It is never destroyed. Threads: any.
ClientEndpoint& closed_endpoint(Code why);

}  // namespace buskin::v0::detail
