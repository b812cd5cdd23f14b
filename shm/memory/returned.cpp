// returned: one store gives the message up; the rest may be written again.
#include "shm/memory/returned.hpp"

#include <array>
#include <cstring>

namespace buskin::shm {

namespace {

using Words = std::array<std::uint64_t, 4>;  // They fit into the smallest block.

}  // namespace

void mark_returned(Segment& segment, Handle message, const Returned& notice) {
  BlockHeader& block = segment.block(message);
  // relaxed: the block is in hand.
  WhatWord what = WhatWord::unpack(block.what.load_relaxed());
  // The reference of an envelope stands behind the notice then.
  BUSKIN_CHECK(!owns_reference(what.flags) || (what.flags & BlockFlag::kExtension) != 0);
  what.flags |= BlockFlag::kReturned;
  // relaxed: read by a repairer, in program order.
  block.what.store_relaxed(what.pack());
  crash_order();
  Words words;
  std::memcpy(words.data(), static_cast<const void*>(&block + 1), sizeof words);
  words[1] = static_cast<std::uint64_t>(notice.kind) | std::uint64_t{notice.code} << 8 |
             std::uint64_t{notice.attempts} << 16;
  words[2] = notice.receiver.word();
  words[3] = notice.message_id;
  std::memcpy(static_cast<void*>(&block + 1), words.data(), sizeof words);
  crash_order();
}

Returned read_returned(const Segment& segment, Handle message) {
  Words words;
  std::memcpy(words.data(), static_cast<const void*>(&segment.block(message) + 1), sizeof words);
  Returned notice;
  notice.kind = static_cast<Returned::Kind>(words[1] & 0xff);
  notice.code = static_cast<std::uint8_t>(words[1] >> 8);
  notice.attempts = static_cast<std::uint8_t>(words[1] >> 16);
  notice.receiver = ActorId::from_word(words[2]);
  notice.message_id = words[3];
  return notice;
}

}  // namespace buskin::shm
