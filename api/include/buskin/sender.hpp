// Sender: with it another thread sends as an actor.
//
// A library may call back on a thread of its own, where no turn runs and no Context may be used. The
// actor gives it a Sender before: context.sender(). It only sends: answers and failures come to the actor.
#pragma once

#include <memory>
#include <utility>

#include "buskin/verbs.hpp"

namespace buskin::inline v0 {

/// Copyable. Valid as long as the system. Threads: any, several at once; order holds per thread.
class Sender : public SendVerbs<Sender> {
 public:
  explicit Sender(std::shared_ptr<detail::SenderEndpoint> endpoint) : endpoint_(std::move(endpoint)) {}

  /// The actor in whose name it sends.
  Address self() const { return endpoint_->self(); }

 private:
  friend detail::Door<Sender>;
  detail::SenderEndpoint& own_endpoint() const { return *endpoint_; }

  std::shared_ptr<detail::SenderEndpoint> endpoint_;
};

}  // namespace buskin::v0
