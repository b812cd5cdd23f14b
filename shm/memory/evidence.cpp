// evidence: walks a lane down to the only position that a block can have in it.
#include "shm/memory/evidence.hpp"

#include "shm/segment/size_class.hpp"
#include "shm/memory/units.hpp"

namespace buskin::shm {

namespace {

/// Does the lane have exactly this message in hand? The consumer writes hand.meta before the other two
/// words: they belong to the hand.meta that is the same before and after.
bool is_in_hand(const LaneRecord& lane, std::uint32_t position, Handle handle, std::uint64_t own) {
  // sync(hand): acquire. What stands there belongs to the message whose hand.meta it is.
  const std::uint64_t before = lane.hand_meta.load_acquire();
  if ((HandWord::unpack(before).seq & kSeqMask) != position) return false;
  // sync(hand): acquire. Read before hand.meta is read again.
  const std::uint64_t in_hand = lane.hand_handle.load_acquire();
  const std::uint64_t in_hand_own = lane.hand_own.load_acquire();
  // sync(hand): acquire. As above.
  return lane.hand_meta.load_acquire() == before && in_hand == to_bits(handle) && in_hand_own == own;
}

/// Moves `at` down to `position`. False when a link does not go down by one: the consumer has passed by,
/// and the node belongs to another life.
bool walk_chain_down(const Segment& segment, std::uint32_t position, HeadWord& at) {
  while (at.seq != position) {  // Ends: each step goes down by one.
    const auto header = segment.peek_header(at.handle);
    if (!header) return false;
    const HeadWord next = HeadWord::unpack(header->next);
    if (next.closed || next.seq != ((at.seq - 1) & kSeqMask)) return false;
    at = next;
  }
  return true;
}

}  // namespace

Verdict evidence(const Segment& segment, Handle handle, std::uint64_t own) {
  const OwnerWord owner = OwnerWord::unpack(own);
  if (!owner.is_queued() || !segment.is_backed(Table::Actors, owner.id)) return Verdict::Published;
  if (!names_block(segment, handle)) return Verdict::Published;
  const auto header = segment.peek_header(handle);
  if (!header || header->own != own) return Verdict::Published;
  if (header->next == kNil) return Verdict::NotPublished;
  // The only position that this life of the block can have.
  const std::uint32_t position = (HeadWord::unpack(header->next).seq + 1) & kSeqMask;
  const Mailbox& mailbox = segment.mailbox(static_cast<ActorIndex>(owner.id));
  const LaneRecord& lane = mailbox.lanes[static_cast<std::size_t>(owner.lane())];
  // Ends: a walk is repeated only when `done` moved; once it has passed the position the first branch answers.
  for (;;) {
    // sync(done): acquire. What the consumer did with all messages up to it.
    const std::uint64_t done = lane.done.load_acquire();
    if (seq_distance(position, done) <= 0) {
      if (is_in_hand(lane, position, handle, own)) return Verdict::Published;
      // Its owner word changes before the consumer's hand is on the next message.
      return peek_own(segment, handle) == own ? Verdict::NotPublished : Verdict::Published;
    }
    // sync(push): acquire. Sees each node down to `done` as it was pushed.
    HeadWord at = HeadWord::unpack(mailbox.in[static_cast<std::size_t>(owner.lane())].load_acquire());
    if (seq_distance(at.seq, position) < 0) return Verdict::NotPublished;
    const bool is_whole = walk_chain_down(segment, position, at);
    // sync(done): acquire. Nodes above it did not change while we walked.
    const std::uint64_t done_now = lane.done.load_acquire();
    if (seq_distance(position, done_now) <= 0) continue;
    if (is_whole) return at.handle == handle ? Verdict::Published : Verdict::NotPublished;
    // The chain is broken and does not move: leaving the block is safer than freeing it.
    if (done_now == done) return Verdict::Published;
  }
}

bool names_block(const Segment& segment, Handle handle) {
  if (!segment.in_data(handle)) return false;
  const UnitIndex unit = segment.unit_of(handle);
  if (!segment.is_backed(Table::Units, to_bits(unit))) return false;
  UnitWord word = unit_word(segment, unit);
  const bool is_behind = word.state == UnitState::Continued;
  const auto head = is_behind ? static_cast<UnitIndex>(word.owner) : unit;
  if (is_behind && !segment.is_backed(Table::Units, to_bits(head))) return false;
  if (is_behind) word = unit_word(segment, head);
  const Handle first = segment.handle_of(segment.unit_data(head));
  if (word.state == UnitState::Run) return handle == first;
  if (word.state != UnitState::Span && word.state != UnitState::Orphan) return false;
  return (to_bits(handle) - to_bits(first)) * kCacheLineBytes % kClassBytes[word.size_class % kClassCount] == 0;
}

std::uint64_t peek_own(const Segment& segment, Handle handle) {
  return names_block(segment, handle) ? segment.peek_header(handle).value_or(HeaderWords{}).own : 0;
}

}  // namespace buskin::shm
