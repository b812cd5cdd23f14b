// WaitingSends: looks for room, and reports the sends that wait in vain.
#include "api/runtime/cell/waiting_sends.hpp"

#include <algorithm>

#include "shm/base/check.hpp"
#include "shm/base/clock.hpp"
#include "shm/mailbox/room_waiter.hpp"

namespace buskin::runtime {

namespace {

constexpr std::uint64_t kRetryLeast_ns = 20'000;
constexpr std::uint64_t kRetryMost_ns = 1'000'000;

}  // namespace

bool take_room_if_bounded(shm::Segment& segment, shm::Staged& staged, shm::Admission admission) {
  if (admission != shm::Admission::Bounded || staged.lane != shm::Lane::Messages) return true;
  return shm::take_room(segment, staged);
}

void WaitingSends::open(shm::Segment& segment, shm::ActorId waiter, std::span<const shm::Staged> entries) {
  BUSKIN_CHECK(!sends_.empty());
  retry_ns_ = kRetryLeast_ns;
  write_edge(segment, waiter, entries);
}

bool WaitingSends::has_room(const shm::Segment& segment, std::span<const shm::Staged> entries) const {
  return std::any_of(sends_.begin(), sends_.end(), [&](const Send& send) {
    const shm::Staged& entry = entries[send.entry];
    return !shm::lacks_room(segment, shm::room_need_of(segment, entry.target, entry.block));
  });
}

void WaitingSends::write_edge(shm::Segment& segment, shm::ActorId waiter, std::span<const shm::Staged> entries) {
  edge_ = sends_.front().entry;
  BUSKIN_CHECK(edge_ < entries.size());
  const shm::Staged& entry = entries[edge_];
  shm::begin_wait(segment, waiter, shm::room_need_of(segment, entry.target, entry.block));
}

WaitingSends::Found WaitingSends::find_room(const Look& look, const Send& send, shm::Staged& entry) {
  if (!shm::is_open(look.segment, entry.target)) return Found::Gone;
  if (take_room_if_bounded(look.segment, entry)) return Found::Room;
  return look.is_called_off || look.now_ns >= send.deadline_ns ? Found::Late : Found::NoRoom;
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
    }
    return true;
  });
  break_circles(look, entries, failed);
  retry_ns_ = sends_.size() < before ? kRetryLeast_ns : std::min(2 * retry_ns_, kRetryMost_ns);
  if (sends_.empty()) shm::end_wait(look.segment, look.waiter);
  return sends_.empty();
}

/// Each waiter of a circle looks. The one that finds it gives up the send by which it is in it.
void WaitingSends::break_circles(const Look& look, std::span<const shm::Staged> entries, const Failed& failed) {
  while (!sends_.empty()) {
    if (sends_.front().entry != edge_) write_edge(look.segment, look.waiter, entries);
    if (!shm::would_deadlock(look.segment, look.waiter)) return;
    failed(sends_.front(), Code::WouldDeadlock);
    sends_.erase(sends_.begin());
  }
}

bool WaitingSends::expire_first() {
  const auto first = std::find_if(sends_.begin(), sends_.end(),
                                  [](const Send& send) { return send.deadline_ns != shm::kNever_ns; });
  if (first == sends_.end()) return false;
  first->deadline_ns = 0;
  first->late = Code::MailboxFull;
  return true;
}

}  // namespace buskin::runtime
