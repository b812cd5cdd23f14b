// ByteQuota: every change is one CAS from the word that it was decided on.
#include "shm/mailbox/byte_quota.hpp"

#include <algorithm>

#include "shm/base/crash_point.hpp"
#include "shm/mailbox/send.hpp"

namespace buskin::shm {

namespace {

/// A word as it was read, and what it says.
struct Seen {
  std::uint64_t bits;
  ByteWord word;
};

Seen look(const Atomic<std::uint64_t>& word) {
  // sync(byte_words): acquire. A word of the slot's next actor comes with that actor's generation. No order between
  //   the two words is relied on: each says up to which position it is counted.
  const std::uint64_t bits = word.load_acquire();
  return {bits, ByteWord::unpack(bits)};
}

bool change(Atomic<std::uint64_t>& word, const Seen& from, const ByteWord& to) {
  // relaxed: the word is changed only from what was seen, and publishes nothing.
  return word.cas_relaxed(from.bits, to.pack());
}

/// As much of `bytes` as `word` has. It has less when a repairer has forgotten them.
void subtract(ByteWord& word, std::uint64_t bytes) { word.bytes -= std::min(word.bytes, bytes); }

}  // namespace

std::uint64_t ByteCount::pending() const {
  (void)settle();
  return look(mailbox_->bytes).word.bytes;
}

std::uint64_t ByteCount::taken() const { return look(mailbox_->bytes_taken).word.bytes; }

std::uint64_t ByteCount::settle() const {
  Atomic<std::uint64_t>& in = mailbox_->in[static_cast<std::size_t>(Lane::Messages)];
  // Ends: a head that is not the newest any more is another sender's success; the newest is counted below. While a
  //   lane is closed its words may belong to the next life already, and nobody waits for them.
  for (;;) {
    // sync(push): acquire. The newest block, with its length; and the words, at most one position behind it.
    const std::uint64_t seen = in.load_acquire();
    const HeadWord head = HeadWord::unpack(seen);
    const bool is_counted =
        look(mailbox_->bytes).word.is_at(head.seq) && look(mailbox_->bytes_taken).word.is_at(head.seq);
    if (is_counted || head.closed) return seen;
    count_block(head.seq, head.handle);
  }
}

/// Reads the block beside the mapping. When it has left the lane meanwhile, its position is counted, and
/// nothing is done with what was read.
void ByteCount::count_block(std::uint32_t position, Handle handle) const {
  const WhatWord what = WhatWord::unpack(segment_->peek_header(handle).value_or(HeaderWords{}).what);
  count(position, what.len, (what.flags & BlockFlag::kExempt) == 0);
}

/// Is `position` the one that `word` lacks?
bool ByteCount::lacks(const ByteWord& word, std::uint32_t position) const {
  // sync(push): acquire. Where others have pushed since, the position is counted, and the next look at a word sees
  //   it. To a thread that was stopped in between the words may look as if it were not: they have gone round.
  const HeadWord head = HeadWord::unpack(mailbox_->in[static_cast<std::size_t>(Lane::Messages)].load_acquire());
  return word.is_at(position - 1) && head.seq == (position & kSeqMask);
}

void ByteCount::count(std::uint32_t position, std::uint32_t bytes, bool is_taken) const {
  // Ends: a failed CAS is another sender's, or the consumer's, success.
  for (bool is_done = false; !is_done;) {
    const Seen seen = look(mailbox_->bytes);
    if (!lacks(seen.word, position)) break;
    is_done = change(mailbox_->bytes, seen, {position, seen.word.is_odd, seen.word.bytes + bytes});
  }
  // crash(bytes_counted): counted as lying there, and still as taken: the other word follows.
  crash_point("bytes_counted");
  // Ends: as above; others take and give back as well.
  for (bool is_done = false; !is_done;) {
    const Seen seen = look(mailbox_->bytes_taken);
    if (!lacks(seen.word, position)) return;
    ByteWord word = seen.word;
    word.seq = position;
    if (is_taken) subtract(word, bytes);
    is_done = change(mailbox_->bytes_taken, seen, word);
  }
}

void ByteCount::complete(std::uint64_t position, Handle handle) const {
  // sync(push): acquire. Only the newest position may be uncounted: a sender that pushed behind it had counted it,
  //   and the look at `bytes` below sees that.
  const HeadWord newest = HeadWord::unpack(mailbox_->in[static_cast<std::size_t>(Lane::Messages)].load_acquire());
  // relaxed: the block is in hand.
  const WhatWord what = WhatWord::unpack(segment_->block(handle).what.load_relaxed());
  if (seq_distance(newest.seq, position) == 0) count(newest.seq, what.len, (what.flags & BlockFlag::kExempt) == 0);
  const bool is_odd = (position & 1) != 0;
  // Ends: as in count().
  for (bool is_done = false; !is_done;) {
    const Seen seen = look(mailbox_->bytes);
    if (seen.word.is_odd == is_odd) return;  // By a consumer that died before it stored `done`.
    BUSKIN_CHECK(seen.word.bytes >= what.len);
    is_done = change(mailbox_->bytes, seen, {seen.word.seq, is_odd, seen.word.bytes - what.len});
  }
  crash_order();
  // crash(bytes_completed): out of the count, not done: completed again, and counted once.
  crash_point("bytes_completed");
}

ByteQuota::Room ByteQuota::take(std::uint64_t bytes) const {
  const std::uint64_t limit = mailbox().bytes_max.read();
  // Ends: a failed CAS is the success of another sender, which took, gave back or pushed.
  for (bool is_done = false; !is_done;) {
    const HeadWord head = HeadWord::unpack(settle());
    // Both of one position: nothing is counted twice, and nothing left out. While `bytes_taken` stays as it was
    // seen, nothing that was taken has been pushed and counted.
    const Seen taken = look(mailbox().bytes_taken);
    const Seen lies = look(mailbox().bytes);
    if (head.closed || !detail::is_open(mailbox(), gen_)) return Room::Gone;
    if (!taken.word.is_at(head.seq) || !lies.word.is_at(head.seq)) continue;
    if (lies.word.bytes + taken.word.bytes + bytes > limit) return Room::Full;
    is_done = change(mailbox().bytes_taken, taken, {taken.word.seq, taken.word.is_odd, taken.word.bytes + bytes});
  }
  crash_order();
  // crash(bytes_taken): for a message that never leaves: the repairer forgets all that is taken.
  crash_point("bytes_taken");
  return Room::Taken;
}

void ByteQuota::give_back(std::uint64_t bytes) const {
  // Ends: as in take().
  for (bool is_done = false; !is_done;) {
    const Seen seen = look(mailbox().bytes_taken);
    if (seen.word.bytes == 0 || !detail::is_open(mailbox(), gen_)) return;
    ByteWord word = seen.word;
    subtract(word, bytes);
    is_done = change(mailbox().bytes_taken, seen, word);
  }
}

std::uint64_t bytes_in_lane(const Mailbox& mailbox) { return look(mailbox.bytes).word.bytes; }

std::uint64_t bytes_in_use(const Mailbox& mailbox) {
  return bytes_in_lane(mailbox) + look(mailbox.bytes_taken).word.bytes;
}

void open_byte_quota(Mailbox& mailbox, std::uint32_t seq) {
  const ByteWord none{.seq = seq, .is_odd = (seq & 1) != 0};
  // sync(byte_words): release. After the new generation: a late sender of the last actor that sees these words sees
  //   that its actor is gone.
  mailbox.bytes.store_release(none.pack());
  mailbox.bytes_taken.store_release(none.pack());
}

}  // namespace buskin::shm
