// AdminLink: the tool as a member of a system, which sends requests to its admin.
#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

#include "api/runtime/host/host.hpp"
#include "api/runtime/launch/paths.hpp"
#include "buskin/detail/as_client.hpp"
#include "system_generated.h"

namespace buskin::tool {

class AdminLink {
 public:
  /// Throws std::runtime_error with a sentence when the system cannot be joined.
  explicit AdminLink(const runtime::SystemPaths& paths);

  /// Waits for the answer. The answer stays valid as long as the link. Throws std::runtime_error when none comes.
  template <class T, class R, class... Args>
  Answer<R> ask(const Args&... args) {
    auto pending = verbs().request<T, R>(admin(), std::chrono::seconds(10), args...);
    auto answer = pending.wait();
    if (!answer) throw std::runtime_error(std::string("buskin: the admin does not answer: ") + answer.error().what());
    return answer;
  }
  /// Asks for something to be done. Throws std::runtime_error also when the admin refuses, with its sentence.
  template <class T, class... Args>
  void order(const Args&... args) {
    expect_done(*ask<T, protocol::Outcome>(args...));
  }
  template <class T, class... Args>
  void send(const Args&... args) {
    verbs().send<T>(admin(), args...);
  }

 private:
  static void expect_done(const protocol::Outcome& outcome);
  detail::AsClient verbs() { return detail::AsClient(node_->client()); }
  Address admin() const;

  std::unique_ptr<runtime::Host> node_;
  shm::WithPurpose purposed_;  // A system that is full must be told to stop.
};

}  // namespace buskin::tool
