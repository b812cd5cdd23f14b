// helper: a voice for one call.
//
// Floor: runtime.
#include "api/runtime/helper.hpp"

#include "api/runtime/host.hpp"
#include "api/runtime/log.hpp"

namespace buskin::runtime {

namespace {

[[noreturn]] void only_sends() {
  detail::unwrap_failed(Error(Code::WrongUse, "a Sender only sends"));
}

class HelperSpeaker final : public Speaker {
 public:
  using Speaker::Speaker;
  detail::LeasePtr keep(detail::Incoming&) override { only_sends(); }
  Status forward(Address, detail::Incoming&) override { only_sends(); }
  detail::RequestId request(const detail::Parcel&, std::span<const std::byte>, Duration) override { only_sends(); }
  void await(detail::RequestId, detail::ContinuationPtr) override { only_sends(); }
  detail::LeasePtr wait(detail::RequestId, Error&) override { only_sends(); }
  void abandon(detail::RequestId) override { only_sends(); }
  Result<Address> create(const detail::ActorInfo&, const CreateOptions&, std::span<const std::byte>) override {
    only_sends();
  }
  void log(Level, std::string_view, std::span<const LogField>) override { only_sends(); }
  std::vector<Child> children() override { only_sends(); }
  std::shared_ptr<detail::HelperVoice> helper() override { only_sends(); }
  void overlay(const detail::MessageInfo&, Overlay) override { only_sends(); }
  void save(const detail::MessageInfo&, std::span<const std::byte>) override { only_sends(); }
  std::uint64_t set_timer(const detail::MessageInfo&, std::span<const std::byte>, const detail::Schedule&) override {
    only_sends();
  }
  void cancel_timer(std::uint64_t) override { only_sends(); }

  Status refuse_use(const detail::Parcel& parcel) {
    return refuse(parcel, Error(Code::WrongUse, "an ExactlyOnce actor sends only in its turns: context.sender() is not for it"));
  }

 protected:
  Status transmit(const Letter& letter, shm::Handle block) override { return send_now(letter, block); }
};

}  // namespace

Address ActorHelper::self() const {
  return {host_->segment().system_id(), static_cast<std::uint32_t>(id_.index), id_.gen};
}

Status ActorHelper::post(const detail::Parcel& parcel, std::span<const std::byte> bytes) {
  if (host_->is_forked()) return Code::Forked;
  HelperSpeaker speaker(*host_, host_->thread(), id_);
  return is_allowed_ ? speaker.post(parcel, bytes) : speaker.refuse_use(parcel);
}

}  // namespace buskin::runtime
