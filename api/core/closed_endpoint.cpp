// closed_endpoint: one for each reason.
#include "buskin/closed_endpoint.hpp"

#include <vector>

namespace buskin::inline v0::detail {

namespace {

/// A message that does not lie in a segment stays readable.
class CopyLease final : public Lease {
 public:
  explicit CopyLease(const Incoming& incoming) : bytes_(incoming.bytes.begin(), incoming.bytes.end()) {
    delivery = incoming;
    delivery.bytes = bytes_;
  }

 private:
  std::vector<std::byte> bytes_;
};

/// In the child of a fork: the bytes are not there, to be copied or read.
class ParentsLease final : public Lease {
 public:
  explicit ParentsLease(const Incoming& incoming) { delivery = incoming; }
};

class ClosedEndpoint final : public ClientEndpoint {
 public:
  explicit ClosedEndpoint(Error why) : why_(std::move(why)) {}

  Address self() const override { return {}; }
  Status post(const SendSpec&, std::span<const std::byte>) override { return why_; }
  Result<Slab> open(std::size_t) override { return why_; }
  Status post_slab(const SendSpec&, Slab, std::size_t) override { return why_; }
  void discard(Slab) override {}
  LeasePtr keep(Incoming& delivery) override {
    delivery.fate = Incoming::Fate::Kept;
    if (why_.code() == Code::Forked) return std::make_unique<ParentsLease>(delivery);
    return std::make_unique<CopyLease>(delivery);
  }
  Status forward(Address, Incoming&) override { return why_; }
  Incoming original(const Incoming&) override { return {}; }
  Status forward_original(Address, Incoming&) override { return why_; }
  RequestId request(const SendSpec&, std::span<const std::byte>, Duration) override { return {}; }
  void abandon(RequestId) override {}
  Status reply(Address, std::uint64_t, const MessageInfo&, std::span<const std::byte>) override { return why_; }
  bool reply_wanted(Address, std::uint64_t) const override { return false; }
  Result<Address> create(const ActorInfo&, const CreateOptions&, std::span<const std::byte>) override { return why_; }
  void exit(Address, const ExitOptions&) override {}
  Address find(std::string_view) override { return {}; }
  void log(Level, std::string_view, std::span<const LogField>) override {}
  Status dead_letters(Address) override { return why_; }
  LeasePtr wait(RequestId, Error& error) override {
    error = why_;
    return nullptr;
  }
  std::size_t listen(Duration, const Show&) override { return 0; }
  std::shared_ptr<ClientLink> link() override { return std::make_shared<ClientLink>(this); }

 private:
  Error why_;
};

}  // namespace

ClientEndpoint& closed_endpoint(Code why) {
  // Never destroyed: a handle with static lifetime may outlive all objects of this file.
  static auto& forked = *new ClosedEndpoint(Error(Code::Forked));
  static auto& left = *new ClosedEndpoint(Error(Code::ShuttingDown, "the ActorSystem that this belonged to is gone"));
  static auto& ended =
      *new ClosedEndpoint(Error(Code::WrongUse, "the thread that this belonged to has ended, or it was moved from"));
  if (why == Code::Forked) return forked;
  return why == Code::ShuttingDown ? left : ended;
}

}  // namespace buskin::v0::detail
