// Overlays: the handlers that an actor has put in front of its own, one per message type.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "buskin/detail/endpoint.hpp"

namespace buskin::runtime {

/// Threads: the one that runs the actor.
class Overlays {
 public:
  using Handler = detail::TurnEndpoint::Overlay;

  bool is_empty() const { return handlers_.empty(); }
  /// Without a handler: the actor's own takes the type again.
  void set(std::uint64_t type, Handler handler) {
    std::erase_if(handlers_, [&](const Entry& entry) { return entry.type == type; });
    if (handler) handlers_.push_back({type, std::make_shared<Handler>(std::move(handler))});
  }
  /// Null when there is none. Shared, for a handler may replace itself while it runs.
  std::shared_ptr<Handler> find(std::uint64_t type) const {
    const auto found =
        std::find_if(handlers_.begin(), handlers_.end(), [&](const Entry& entry) { return entry.type == type; });
    return found == handlers_.end() ? nullptr : found->handler;
  }
  void clear() { handlers_.clear(); }

 private:
  struct Entry {
    std::uint64_t type;
    std::shared_ptr<Handler> handler;
  };
  std::vector<Entry> handlers_;
};

}  // namespace buskin::runtime
