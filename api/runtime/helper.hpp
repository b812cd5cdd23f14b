// ActorHelper: what context.sender() gives to other threads.
//
// Each call speaks through the calling thread's own record, under the actor's
// address. It waits in place for room, as a client does.
//
// Floor: runtime.
#pragma once

#include "api/runtime/speaker.hpp"

namespace buskin::runtime {

class ActorHelper final : public detail::HelperVoice {
 public:
  /// `is_allowed`: false in ExactlyOnce actors.
  ActorHelper(Host& host, shm::ActorId id, bool is_allowed) : host_(&host), id_(id), is_allowed_(is_allowed) {}

  Address self() const override;
  Status post(const detail::Parcel& parcel, std::span<const std::byte> bytes) override;

 private:
  Host* host_;
  shm::ActorId id_;
  bool is_allowed_;
};

}  // namespace buskin::runtime
