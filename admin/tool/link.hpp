// Link: the tool as a member of a system, to ask its admin.
#pragma once

#include <memory>
#include <string>

#include "api/runtime/host/host.hpp"
#include "api/runtime/launch/paths.hpp"
#include "api/runtime/fork_server/fork_spawner.hpp"
#include "buskin/detail/as_client.hpp"

namespace buskin::tool {

class Link {
 public:
  /// Throws std::runtime_error with a sentence when the system cannot be joined.
  explicit Link(const runtime::SystemPaths& paths);

  template <class T, class R, class... Args>
  Answer<R> ask(const Args&... args) {
    auto pending = verbs().request<T, R>(admin(), std::chrono::seconds(10), args...);
    return pending.wait();
  }
  template <class T, class... Args>
  void send(const Args&... args) {
    verbs().send<T>(admin(), args...);
  }
  const shm::Segment& segment() const { return node_->segment(); }

 private:
  detail::AsClient verbs() { return detail::AsClient(node_->client()); }
  Address admin() const;

  std::unique_ptr<runtime::Host> node_;
};

}  // namespace buskin::tool
