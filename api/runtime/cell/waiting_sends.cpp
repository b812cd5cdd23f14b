// WaitingSends: looks for room, and reports the sends that wait in vain.
#include "api/runtime/cell/waiting_sends.hpp"

#include <algorithm>

#include "shm/base/check.hpp"

namespace buskin::runtime {

namespace {

constexpr std::uint64_t kRetryLeast_ns = 20'000;
constexpr std::uint64_t kRetryMost_ns = 1'000'000;

}  // namespace

bool take_room_unless_exempt(shm::Segment& segment, shm::Staged& staged, shm::Admission admission) {
  if (admission != shm::Admission::Bounded || staged.lane != shm::Lane::Messages) return true;
  return shm::take_room(segment, staged);
}

void WaitingSends::open(WaitGraph& waits, shm::ActorId waiter, std::span<const shm::Staged> entries) {
  BUSKIN_CHECK(!sends_.empty() && sends_.front().entry < entries.size());
  retry_ns_ = kRetryLeast_ns;
  waits.add(waiter, entries[sends_.front().entry].target);
}

WaitingSends::Found WaitingSends::find_room(const Look& look, const Send& send, shm::Staged& entry) {
  if (!shm::is_open(look.segment, entry.target)) return Found::Gone;
  if (take_room_unless_exempt(look.segment, entry)) return Found::Room;
  if (look.is_called_off || look.now_ns >= send.deadline_ns) return Found::Late;
  return look.waits.is_circle(look.waiter, entry.target) ? Found::Circle : Found::NoRoom;
}

bool WaitingSends::settle(const Look& look, std::span<shm::Staged> entries, const Failed& failed) {
  const std::size_t before = sends_.size();
  std::erase_if(sends_, [&](const Send& send) {
    BUSKIN_CHECK(send.entry < entries.size());
    switch (find_room(look, send, entries[send.entry])) {
      case Found::NoRoom: return false;
      case Found::Room: break;
      case Found::Gone: failed(send, Code::NoSuchActor); break;
      case Found::Late: failed(send, look.is_called_off ? Code::MailboxFull : send.late); break;
      case Found::Circle: failed(send, Code::WouldDeadlock); break;
    }
    return true;
  });
  retry_ns_ = sends_.size() < before ? kRetryLeast_ns : std::min(2 * retry_ns_, kRetryMost_ns);
  if (sends_.empty()) look.waits.remove(look.waiter);
  return sends_.empty();
}

void WaitingSends::expire_first() {
  BUSKIN_CHECK(!sends_.empty());
  sends_.front().deadline_ns = 0;
  sends_.front().late = Code::MailboxFull;
}

}  // namespace buskin::runtime
