// MemoryShare: every change is one CAS from the word that it was decided on.
#include "shm/mailbox/memory_share.hpp"

#include <algorithm>
#include <optional>

#include "shm/mailbox/byte_quota.hpp"
#include "shm/mailbox/send.hpp"

namespace buskin::shm {

namespace {

constexpr std::uint64_t kSign = std::uint64_t{1} << 43;  // The highest of the 44 bits of a ByteWord.

std::int64_t signed_bytes(const ByteWord& word) {
  const std::uint64_t bits = word.bytes & ByteWord::kBytesMask;
  return static_cast<std::int64_t>(bits ^ kSign) - static_cast<std::int64_t>(kSign);
}

std::uint64_t load(const Atomic<std::uint64_t>& word) {
  // sync(byte_words): acquire. A word of the slot's next actor comes with that actor's generation.
  return word.load_acquire();
}

/// Calls `next` with what the word says, until the exchange succeeds. No change when it returns nothing.
template <class Next>
void change(Atomic<std::uint64_t>& word, Next next) {
  // Ends: a failed CAS is the success of another sender, or of the consumer.
  for (bool is_done = false; !is_done;) {
    const std::uint64_t seen = load(word);
    const std::optional<ByteWord> to = next(ByteWord::unpack(seen));
    // relaxed: the word is changed only from what was seen, and publishes nothing.
    is_done = !to.has_value() || word.cas_relaxed(seen, to->pack());
  }
}

bool has_share_for(std::uint64_t share, const Mailbox& mailbox, std::uint64_t taken, std::uint32_t bytes) {
  const std::int64_t counted = signed_bytes(ByteWord::unpack(load(mailbox.bytes)));
  const auto lies = static_cast<std::uint64_t>(std::max<std::int64_t>(counted, 0));
  return lies + taken == 0 || lies + taken + bytes <= share;
}

}  // namespace

std::uint64_t share_of(const Segment& segment, const Mailbox& mailbox) {
  if (has_byte_limit(mailbox)) return 0;
  return segment.layout().count_of(Table::Data) * kPieceBytes / 100 * mailbox.share_percent.read();
}

bool lacks_share(const Segment& segment, ActorId id, std::uint32_t bytes) {
  const Mailbox& mailbox = segment.mailbox(id.index);
  const std::uint64_t share = bytes < kLargeBytes ? 0 : share_of(segment, mailbox);
  return share != 0 && !has_share_for(share, mailbox, ByteWord::unpack(load(mailbox.bytes_taken)).bytes, bytes);
}

MemoryShare::Room MemoryShare::take(std::uint32_t bytes) const {
  const std::uint64_t share = share_of(*segment_, *mailbox_);
  Room room = Room::Taken;
  change(mailbox_->bytes_taken, [&](ByteWord word) -> std::optional<ByteWord> {
    if (!is_open(*segment_, id_)) {
      room = Room::Gone;
      return std::nullopt;
    }
    if (!has_share_for(share, *mailbox_, word.bytes, bytes)) {
      room = Room::Full;
      return std::nullopt;
    }
    word.bytes += bytes;
    return word;
  });
  crash_order();
  return room;
}

/// A quota's bytes_taken is the same word.
void MemoryShare::give_back(std::uint32_t bytes) const { ByteQuota(*segment_, id_).give_back(bytes); }

void MemoryShare::count(std::uint32_t bytes) const {
  change(mailbox_->bytes, [&](ByteWord word) -> std::optional<ByteWord> {
    if (!is_open(*segment_, id_)) return std::nullopt;
    word.bytes += bytes;
    return word;
  });
  crash_order();
  give_back(bytes);
}

void MemoryShare::complete(std::uint64_t position, std::uint32_t bytes, bool may_be_repeated) const {
  change(mailbox_->bytes, [&](ByteWord word) -> std::optional<ByteWord> {
    if (may_be_repeated && word.is_at(position)) return std::nullopt;
    // The look at `in` and then at `bytes_taken` follow the one at the word: a sender that has pushed since changes it.
    // sync(push): acquire. Is it the last one, and nobody about to push?
    const HeadWord newest = HeadWord::unpack(mailbox_->in[static_cast<std::size_t>(Lane::Messages)].load_acquire());
    const bool is_last = seq_distance(newest.seq, position) == 0;
    const bool is_empty = is_last && ByteWord::unpack(load(mailbox_->bytes_taken)).bytes == 0;
    word.seq = static_cast<std::uint32_t>(position & ByteWord::kSeqMask19);
    word.bytes = is_empty ? 0 : word.bytes - bytes;
    return word;
  });
  crash_order();
}

}  // namespace buskin::shm
