// OwedReplies: rows of the segment by the request that they are about.
#include "api/runtime/cell/owed_replies.hpp"

#include <utility>

#include "api/runtime/endpoint/dead_letters.hpp"
#include "shm/base/check.hpp"

namespace buskin::runtime {

void OwedReplies::keep(shm::Thread& thread, shm::ActorId keeper, std::uint64_t message, const Owed& owed) {
  BUSKIN_CHECK(owed.correlation != 0);
  const auto asker = shm::ActorId::from_word(owed.asker);
  const auto row = shm::keep_reply(thread, {message, asker, owed.correlation, 0, keeper});
  if (row.ok()) rows_[owed] = row.value();
}

Owed OwedReplies::restore(const shm::Segment& segment, shm::ReplyIndex row) {
  const shm::KeptReply reply = shm::read_kept(segment, row);
  BUSKIN_CHECK(reply.correlation != 0);
  const Owed owed{reply.asker.word(), reply.correlation};
  rows_[owed] = row;
  return owed;
}

std::optional<shm::ReplyIndex> OwedReplies::take(const Owed& owed) {
  const auto kept = rows_.find(owed);
  if (kept == rows_.end()) return std::nullopt;
  const shm::ReplyIndex row = kept->second;
  rows_.erase(kept);
  return row;
}

void OwedReplies::fail_all(shm::Thread& thread) {
  for (const auto& [owed, row] : std::exchange(rows_, {})) {
    const shm::Handle answer = answer_of_restarted(thread, shm::read_kept(thread.segment(), row));
    if (answer == shm::Handle::None) {
      shm::forget_kept(thread.segment(), row);
    } else {
      shm::answer_kept(thread, row, answer);
    }
  }
}

void OwedReplies::forget_all(shm::Segment& segment) {
  for (const auto& [owed, row] : std::exchange(rows_, {})) shm::forget_kept(segment, row);
}

}  // namespace buskin::runtime
