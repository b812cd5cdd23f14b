// Notifier: which actors are notified of a loss.
#include "api/runtime/endpoint/notifier.hpp"

#include "api/runtime/node/addresses.hpp"
#include "buskin/options.hpp"
#include "shm/mailbox/send.hpp"
#include "shm/segment/slot_facts.hpp"
#include "shm/segment/system_words.hpp"

namespace buskin::runtime {

namespace {

constexpr std::uint32_t kNoticesMax = 16 * kUnreadMax;

}  // namespace

bool Notifier::is_reachable(shm::ActorId to) const {
  if (!shm::is_open(segment(), to)) return false;
  // An actor takes its notices in its next turn. A program may leave its client for ever.
  return !shm::is_client(segment(), to) || shm::pending_count(segment(), to.index, shm::Lane::Messages) < kNoticesMax;
}

bool Notifier::tell(const Loss& loss) {
  if (is_notice(loss.type)) return true;
  // The asker of a question that has expired has known it by its own clock.
  const bool is_given_up = loss.why.code() == Code::Expired && loss.correlation != 0;
  if (loss.why.code() != Code::LostInHand && !is_given_up) {
    const shm::ActorId sender = actor_at(loss.sender);
    const bool is_told = loss.correlation != 0 ? tell(sender, unanswered(loss), loss.correlation)
                                               : tell(sender, undeliverable(loss));
    if (!is_told) return false;
  }
  const shm::ActorId handler = shm::dead_letter_actor_of(segment());
  if (handler != shm::ActorId{}) (void)tell(handler, dead_letter(loss));
  return true;
}

}  // namespace buskin::runtime
