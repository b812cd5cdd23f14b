// ActorSender: what context.sender() gives to other threads.
//
// Each call sends through the calling thread's own record, under the actor's
// address. It waits in place for room, as a client does.
#pragma once

#include "api/runtime/node/node.hpp"
#include "buskin/detail/endpoint.hpp"

namespace buskin::runtime {

class ActorSender final : public detail::SenderEndpoint {
 public:
  /// `is_allowed`: false in ExactlyOnce actors.
  ActorSender(Node& node, shm::ActorId id, bool is_allowed)
      : node_(&node), mark_(node.mark()), system_id_(node.system_id()), id_(id), is_allowed_(is_allowed) {}

  Address self() const override;
  Status post(const detail::SendSpec& send_spec, std::span<const std::byte> bytes) override;

 private:
  Node* node_;
  NodeMark mark_;  // A Sender may outlive its system.
  std::uint64_t system_id_;
  shm::ActorId id_;
  bool is_allowed_;
};

}  // namespace buskin::runtime
