// EndpointBase: an endpoint of the public headers that stands on an Outbox.
//
// The interface decides what the endpoint can do (a turn, a client); what all of them
// do in the same way is written once, in Outbox.
#pragma once

#include <utility>

#include "api/runtime/endpoint/kept_lease.hpp"
#include "api/runtime/endpoint/outbox.hpp"

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
};

}  // namespace buskin::runtime
