// ActorSender: one Outbox for each call.
#include "api/runtime/endpoint/actor_sender.hpp"

#include "api/runtime/endpoint/outbox.hpp"

namespace buskin::runtime {

namespace {

/// The calling thread's record, under the actor's address.
class OneCall final : public Outbox {
 public:
  using Outbox::Outbox;

  shm::ActorId waiter() const override { return {}; }  // The actor goes on with its turns.

  Status refuse_use(const detail::SendSpec& send_spec) {
    return refuse(send_spec, Error(Code::WrongUse,
                                   "an ExactlyOnce actor sends only in its turns: context.sender() is not for it"));
  }
};

}  // namespace

Address ActorSender::self() const {
  return {system_id_, static_cast<std::uint32_t>(id_.index), id_.gen};
}

Status ActorSender::post(const detail::SendSpec& send_spec, std::span<const std::byte> bytes) {
  if (!mark_.is_usable()) return mark_.is_forked() ? Code::Forked : Code::ShuttingDown;
  OneCall call(*node_, node_->thread(), id_);
  return is_allowed_ ? call.post(send_spec, bytes) : call.refuse_use(send_spec);
}

}  // namespace buskin::runtime
