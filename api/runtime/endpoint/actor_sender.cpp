// helper: a voice for one call.
#include "api/runtime/endpoint/actor_sender.hpp"

#include "api/runtime/node/node.hpp"
#include "api/runtime/node/log.hpp"

namespace buskin::runtime {

namespace {

[[noreturn]] void only_sends() {
  detail::unwrap_failed(Error(Code::WrongUse, "a Sender only sends"));
}

class OneCallEndpoint final : public EndpointBase {
 public:
  using EndpointBase::EndpointBase;
  detail::LeasePtr keep(detail::Incoming&) override { only_sends(); }
  Status forward(Address, detail::Incoming&) override { only_sends(); }
  detail::RequestId request(const detail::SendSpec&, std::span<const std::byte>, Duration) override { only_sends(); }
  void await(detail::RequestId, detail::ContinuationPtr) override { only_sends(); }
  detail::LeasePtr wait(detail::RequestId, Error&) override { only_sends(); }
  void abandon(detail::RequestId) override { only_sends(); }
  Result<Address> create(const detail::ActorInfo&, const CreateOptions&, std::span<const std::byte>) override {
    only_sends();
  }
  void log(Level, std::string_view, std::span<const LogField>) override { only_sends(); }
  std::vector<Child> children() override { only_sends(); }
  std::shared_ptr<detail::SenderEndpoint> sender() override { only_sends(); }
  void overlay(const detail::MessageInfo&, Overlay) override { only_sends(); }
  void save(const detail::MessageInfo&, std::span<const std::byte>) override { only_sends(); }
  std::uint64_t set_timer(const detail::MessageInfo&, std::span<const std::byte>, const detail::Schedule&) override {
    only_sends();
  }
  void cancel_timer(std::uint64_t) override { only_sends(); }

  Status refuse_use(const detail::SendSpec& send_spec) {
    return refuse(send_spec, Error(Code::WrongUse, "an ExactlyOnce actor sends only in its turns: context.sender() is not for it"));
  }

 protected:
  Status transmit(const Outgoing& letter, shm::Handle block) override { return send_now(letter, block); }
};

}  // namespace

Address ActorSender::self() const {
  return {node_->segment().system_id(), static_cast<std::uint32_t>(id_.index), id_.gen};
}

Status ActorSender::post(const detail::SendSpec& send_spec, std::span<const std::byte> bytes) {
  if (node_->is_forked()) return Code::Forked;
  OneCallEndpoint speaker(*node_, node_->thread(), id_);
  return is_allowed_ ? speaker.post(send_spec, bytes) : speaker.refuse_use(send_spec);
}

}  // namespace buskin::runtime
