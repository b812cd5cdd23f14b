// Inbox: opens a mailbox of a client for a loop of its own.
#pragma once

#include <memory>

#include "api/runtime/node/node.hpp"
#include "buskin/inbox.hpp"

namespace buskin::runtime {

/// Throws std::runtime_error when there is no memory for its mailbox. Must end before `node` does.
std::unique_ptr<detail::InboxImpl> open_inbox(Node& node);

}  // namespace buskin::runtime
