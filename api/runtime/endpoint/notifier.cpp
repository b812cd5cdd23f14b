// Notifier: which actors are notified of a loss.
#include "api/runtime/endpoint/notifier.hpp"

#include <array>

#include "api/runtime/node/addresses.hpp"
#include "buskin/options.hpp"
#include "shm/base/check.hpp"
#include "shm/mailbox/send.hpp"
#include "shm/memory/multicast.hpp"
#include "shm/segment/slot_facts.hpp"
#include "shm/segment/system_words.hpp"

namespace buskin::runtime {

namespace {

constexpr std::uint32_t kNoticesMax = 16 * kUnreadMax;

}  // namespace

/// The notices about one message. They leave, with the message, when this ends.
class Notifier::Notices {
 public:
  Notices(Notifier& notifier, shm::Handle original) : notifier_(notifier), original_(original) {}
  Notices(const Notices&) = delete;
  Notices& operator=(const Notices&) = delete;
  ~Notices() {
    if (original_ != shm::Handle::None && carriers_ == 0) notifier_.release_original(original_);
    if (original_ != shm::Handle::None && carriers_ != 0) {
      notifier_.share_original(original_, std::span(blocks_).first(carriers_));
    }
    for (std::uint32_t i = 0; i < carriers_; ++i) notifier_.send_notice(outgoing_[i], blocks_[i]);
  }

  /// False: there is no memory for it.
  template <class Notice>
  bool add(shm::ActorId to, const Notice& notice) {
    BUSKIN_CHECK(carriers_ < shm::kCarriersMax);
    const Outgoing outgoing = outgoing_to(to, 0);
    shm::Handle block{};
    if (!notifier_.make(outgoing, notice, {original_, carriers_}, block)) return false;
    if (block == shm::Handle::None) return true;
    blocks_[carriers_] = block;
    outgoing_[carriers_++] = outgoing;
    return true;
  }
  /// Nobody is notified, and the original stays the caller's. Returns false.
  bool give_back() {
    BUSKIN_CHECK(carriers_ == 0);
    original_ = shm::Handle::None;
    return false;
  }

 private:
  Notifier& notifier_;
  shm::Handle original_;
  std::uint32_t carriers_ = 0;
  std::array<shm::Handle, shm::kCarriersMax> blocks_{};
  std::array<Outgoing, shm::kCarriersMax> outgoing_{};
};

Outgoing Notifier::outgoing_to(shm::ActorId to, std::uint64_t correlation) {
  const shm::Lane lane = correlation != 0 ? shm::Lane::Replies : shm::Lane::Messages;
  return {{to, lane, shm::Admission::Exempt}, correlation, detail::Wait::Never};
}

bool Notifier::is_reachable(shm::ActorId to) const {
  const shm::Segment& segment = own_thread().segment();
  if (!shm::is_open(segment, to)) return false;
  // An actor takes its notices in its next turn. A program may leave its client for ever.
  return !shm::is_client(segment, to) || shm::pending_count(segment, to.index, shm::Lane::Messages) < kNoticesMax;
}

void Notifier::release_original(shm::Handle original) {
  if (shm::is_held(own_thread().segment(), original)) shm::drop(own_thread(), original);
}

shm::ActorId Notifier::dead_letters_handler() const { return shm::dead_letter_actor_of(own_thread().segment()); }

bool Notifier::tell(const Loss& loss) {
  Notices notices(*this, loss.original);
  if (is_notice(loss.type)) return true;
  const shm::ActorId sender = actor_at(loss.sender);
  const bool is_asked = loss.correlation != 0;
  if (is_of_runtime(loss.type_name)) {
    return !is_asked || tell(sender, unanswered(loss), loss.correlation) || notices.give_back();
  }
  // The asker of a question that has expired has known it by its own clock.
  const bool is_given_up = loss.why.code() == Code::Expired && is_asked;
  if (loss.why.code() != Code::LostInHand && !is_given_up) {
    const bool is_told =
        is_asked ? tell(sender, unanswered(loss), loss.correlation) : notices.add(sender, undeliverable(loss));
    if (!is_told) return notices.give_back();
  }
  const shm::ActorId handler = dead_letters_handler();
  if (handler != shm::ActorId{}) (void)notices.add(handler, dead_letter(loss));
  return true;
}

bool Notifier::tell(const GivenUp& given_up) {
  Notices notices(*this, given_up.original);
  if (is_notice(given_up.type) || is_of_runtime(given_up.type_name)) return true;
  if (given_up.sender) {
    const shm::ActorId sender = actor_at(given_up.sender);
    const bool is_asked = given_up.correlation != 0;
    const bool is_told =
        is_asked ? tell(sender, poison(given_up), given_up.correlation) : notices.add(sender, poison(given_up));
    if (!is_told) return notices.give_back();
  }
  const shm::ActorId handler = dead_letters_handler();
  if (handler != shm::ActorId{}) (void)notices.add(handler, dead_letter(given_up));
  return true;
}

}  // namespace buskin::runtime
