// WaitingSends: looks for room, and tells what waits in vain.
#include "api/runtime/cell/waiting_sends.hpp"

#include <algorithm>

#include "shm/base/check.hpp"

namespace buskin::runtime {

namespace {

constexpr std::uint64_t kRetryLeast_ns = 20'000;
constexpr std::uint64_t kRetryMost_ns = 1'000'000;

}  // namespace

bool has_place(const shm::Segment& segment, const shm::Destination& to) {
  if (to.admission == shm::Admission::Exempt || to.lane != shm::Lane::Messages) return true;
  if (!shm::has_room(segment, to.id)) return false;
  const shm::Mailbox& mailbox = segment.mailbox(to.id.index);
  const std::uint64_t bytes_max = mailbox.bytes_max.read();
  if (bytes_max == 0 || !shm::is_open(segment, to.id)) return true;
  // relaxed: sums need no order.
  const auto lies = static_cast<std::int64_t>(mailbox.bytes_in.load_relaxed() - mailbox.bytes_out.load_relaxed());
  return lies < static_cast<std::int64_t>(bytes_max);
}

void WaitingSends::open(WaitGraph& waits, shm::ActorId waiter, std::span<const shm::Staged> entries) {
  BUSKIN_CHECK(!sends_.empty() && sends_.front().entry < entries.size());
  retry_ns_ = kRetryLeast_ns;
  waits.add(waiter, entries[sends_.front().entry].target);
}

WaitingSends::Found WaitingSends::find_room(const Look& look, const Send& send, const shm::Staged& entry) {
  if (!shm::is_open(look.segment, entry.target)) return Found::Gone;
  if (has_place(look.segment, {entry.target, entry.lane})) return Found::Room;
  if (look.is_called_off || look.now_ns >= send.deadline_ns) return Found::Late;
  return look.waits.is_circle(look.waiter, entry.target) ? Found::Circle : Found::NoRoom;
}

bool WaitingSends::settle(const Look& look, std::span<const shm::Staged> entries, const Failed& failed) {
  const std::size_t before = sends_.size();
  std::erase_if(sends_, [&](const Send& send) {
    BUSKIN_CHECK(send.entry < entries.size());
    switch (find_room(look, send, entries[send.entry])) {
      case Found::NoRoom: return false;
      case Found::Room: break;
      case Found::Gone: failed(send, Code::NoSuchActor); break;
      case Found::Late: failed(send, Code::MailboxFull); break;
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
}

}  // namespace buskin::runtime
