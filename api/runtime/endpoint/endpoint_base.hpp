// EndpointBase: an endpoint of the public headers that stands on an Outbox.
//
// The interface decides what the endpoint can do (a turn, a client); what all of them
// do in the same way is written once, in Outbox.
#pragma once

#include <utility>

#include "api/runtime/endpoint/kept_lease.hpp"
#include "api/runtime/endpoint/outbox.hpp"
#include "shm/memory/carrier.hpp"

namespace buskin::runtime {

/// `Interface`: detail::TurnEndpoint or detail::ClientEndpoint.
template <class Interface>
class EndpointBase : public Interface, public Outbox {
 public:
  using Outbox::Outbox;

  Address self() const override { return Outbox::self(); }
  Status post(const detail::SendSpec& send_spec, std::span<const std::byte> bytes) override {
    return Outbox::post(send_spec, bytes);
  }
  Result<detail::Slab> open(std::size_t bytes) override { return Outbox::open(bytes); }
  Status post_slab(const detail::SendSpec& send_spec, detail::Slab slab, std::size_t bytes) override {
    return Outbox::post_slab(send_spec, slab, bytes);
  }
  void discard(detail::Slab slab) override { Outbox::discard(slab); }
  Status reply(Address asker, std::uint64_t correlation, const detail::MessageInfo& info,
               std::span<const std::byte> bytes) override {
    return Outbox::reply(asker, correlation, info, bytes);
  }
  bool reply_wanted(Address asker, std::uint64_t correlation) const override {
    return Outbox::reply_wanted(asker, correlation);
  }
  void exit(Address actor, const ExitOptions& options) override { Outbox::exit(actor, options); }
  Address find(std::string_view name) override { return Outbox::find(name); }
  Status dead_letters(Address handler) override { return Outbox::dead_letters(handler); }
  detail::Incoming original(const detail::Incoming& notice) override {
    const shm::Handle carried = carried_by(notice);
    return carried != shm::Handle::None ? read({.handle = carried}) : detail::Incoming{};
  }
  /// A message of its own, so it leaves as one that is sent; but its first sender stays its sender.
  Status forward_original(Address to, detail::Incoming& notice) override {
    if (notice.block == 0) return Code::WrongUse;  // It lies in no segment, or its system has ended.
    detail::SendSpec send_spec{to, notice.info, {}, detail::Wait::AsConfigured};
    const shm::Handle carried = carried_by(notice);
    if (carried == shm::Handle::None) return refuse(send_spec, Error(Code::WrongUse, "this notice brings no message"));
    const shm::PayloadView view = shm::view_payload(node_->segment(), carried);
    send_spec.info = &types().info_of(view.type);
    auto made = shm::make_envelope_of_carried(*thread_, static_cast<shm::Handle>(notice.block));
    // It has been passed on as often as it can be, perhaps by attempts that were undone.
    if (!made.ok() && made.error() == shm::MemoryError::TooBig) made = copy_of(view);
    if (!made.ok()) {
      lack({}, view.bytes.size());
      return refuse(send_spec, Code::NoMemory);
    }
    shm::ActorId receiver{};
    Status sent = resolve(to, receiver);
    if (sent.ok()) sent = check_bytes({.to = {receiver}}, view.bytes.size());
    if (sent.ok()) sent = transmit({.to = {receiver}}, made.value());
    return sent.ok() ? sent : refuse(send_spec, sent, made.value());
  }

 private:
  shm::Result<shm::Handle, shm::MemoryError> copy_of(const shm::PayloadView& message) {
    const shm::Envelope envelope{.type = message.type,
                                 .flags = flags_now(),
                                 .sender = message.sender,
                                 .id = message.extension != nullptr ? message.extension->id : 0};
    return shm::make_block(*thread_, envelope, message.bytes);
  }
  shm::Handle carried_by(const detail::Incoming& notice) const {
    if (notice.block == 0 || node_->is_forked()) return {};
    return shm::carried_by(node_->segment(), static_cast<shm::Handle>(notice.block));
  }
};

}  // namespace buskin::runtime
