// multicast: a tree of blocks. A shared block's references stand in its `next` word, which no chain uses.
//
//   payload SHARED, refs {gen, bits}
//     +-- envelope, owns bit 0                  up to 28 receivers
//     +-- group SHARED, owns bit 1, refs ...    more: a group is an envelope to what is above it, and a
//           +-- envelope, owns bit 0            shared block to what is below
//
// All of it is HELD until every bit has its owner; then groups become SHARED, the payload last. A repairer
// that finds it half done meets HELD blocks, which a sweep frees, or bits that their owners clear.
#include "shm/memory/multicast.hpp"

#include <array>
#include <vector>

#include "shm/base/crash_point.hpp"
#include "shm/memory/evidence.hpp"
#include "shm/segment/size_class.hpp"
#include "shm/memory/units.hpp"

namespace buskin::shm {

namespace {

constexpr std::size_t kFan = RefsWord::kReferencesMax;

OwnerWord own_of(const Segment& segment, Handle handle) {
  // sync(shared): acquire. The references were written before it said SHARED.
  return OwnerWord::unpack(segment.block(handle).own.load_acquire());
}

WhatWord what_of(const Segment& segment, Handle handle) {
  // relaxed: the holder wrote it before it gave the block away.
  return WhatWord::unpack(segment.block(handle).what.load_relaxed());
}

bool is_envelope(WhatWord what) { return owns_reference(what.flags); }

void release_reference(Thread& thread, const EnvelopePayload& reference);

/// The last reference is gone: a group releases its own reference to the block above it, then the block is
/// freed. Where a repairer repeats the work of a dead one, two threads may come here: only the words that
/// were read while the block was still SHARED are of this life.
void free_shared(Thread& thread, Handle handle, OwnerWord own) {
  Segment& segment = thread.segment();
  EnvelopePayload above{};
  const bool is_group = is_envelope(what_of(segment, handle));
  if (is_group) above = detail::reference_of(segment, handle);
  // sync(shared): acq_rel. Changes no bit. After the reads above; fails if the block has another life by now.
  if (!segment.block(handle).own.cas_acq_rel(own.pack(), own.pack())) return;
  if (is_group) release_reference(thread, above);
  // crash(shared_unreferenced): no bit is left and the block is SHARED: the repairer clears the last bit again
  //   and frees it.
  crash_point("shared_unreferenced");
  (void)thread.heap().free_exact(handle, own.pack());
}

/// Clears one bit of a shared block, and frees the block when no bit is left. May be repeated.
void release_reference(Thread& thread, const EnvelopePayload& reference) {
  Segment& segment = thread.segment();
  const auto handle = static_cast<Handle>(reference.payload);
  if (!segment.in_data(handle)) return;
  const OwnerWord own = own_of(segment, handle);
  // Otherwise it is gone, or was never shared.
  if (own.state != BlockState::Shared || own.gen != reference.gen) return;
  Atomic<std::uint64_t>& word = segment.block(handle).next;
  // sync(refs): acquire. What the others did before they cleared their bits.
  std::uint64_t seen = word.load_acquire();
  // Ends: a failed CAS is another reference that was cleared; there are at most 28.
  for (;;) {
    RefsWord refs = RefsWord::unpack(seen);
    if (refs.gen != reference.gen) return;
    const std::uint32_t bit = 1u << reference.bit;
    if ((refs.bits & bit) == 0) break;
    refs.bits &= ~bit;
    // sync(refs): seq_cst. We are done with the payload; the thread that clears the last bit comes after us all.
    if (word.cas_seq_cst(seen, refs.pack())) {
      seen = refs.pack();
      break;
    }
  }
  // crash(reference_cleared): the bit is 0 and its envelope still there: both are done again.
  crash_point("reference_cleared");
  if (RefsWord::unpack(seen).bits == 0) free_shared(thread, handle, own);
}

/// Blocks of one multicast, all HELD by the thread until they are shared.
class Tree {
 public:
  Tree(Thread& thread, Handle payload) : thread_(thread), payload_(payload) {}

  /// Makes one HELD envelope per place in `into`, below `parent`.
  bool fan_out(Handle parent, std::span<Handle> into) {
    const std::size_t share = (into.size() + kFan - 1) / kFan;  // Receivers below each bit.
    const std::uint64_t gen = own_of(thread_.segment(), parent).gen;
    std::uint32_t bit = 0;
    for (std::size_t at = 0; at < into.size(); at += share, ++bit) {
      const Handle made = make_envelope({to_bits(parent), bit, gen, 0});
      if (made == Handle::None) return false;
      const auto below = into.subspan(at, std::min(share, into.size() - at));
      if (share == 1) {
        below[0] = made;
        continue;
      }
      groups_.push_back(made);
      if (!fan_out(made, below)) return false;
    }
    const RefsWord refs{gen, (1u << bit) - 1};
    // relaxed: published with the owner word.
    thread_.segment().block(parent).next.store_relaxed(refs.pack());
    return true;
  }

  void commit() {
    for (std::size_t i = groups_.size(); i-- > 0;) {
      detail::set_shared(thread_, groups_[i]);
      // crash(group_shared): its envelopes are HELD(dead); the sweep of them clears its bits and frees it.
      crash_point("group_shared");
    }
    detail::set_shared(thread_, payload_);
    // crash(payload_shared): as above, for the payload.
    crash_point("payload_shared");
  }

  void undo() {
    for (const Handle handle : made_) thread_.heap().free(handle);
  }
  MemoryError error() const { return error_; }

 private:
  Handle make_envelope(const EnvelopePayload& reference) {
    const auto made = detail::make_envelope(thread_, payload_, reference);
    if (!made.ok()) {
      error_ = made.error();
      return Handle::None;
    }
    made_.push_back(made.value());
    return made.value();
  }

  Thread& thread_;
  Handle payload_;
  std::vector<Handle> made_;
  std::vector<Handle> groups_;
  MemoryError error_{};
};

}  // namespace

Result<Done, MemoryError> share(Thread& thread, Handle payload, std::span<Handle> envelopes) {
  BUSKIN_CHECK(!envelopes.empty());
  Tree tree(thread, payload);
  if (!tree.fan_out(payload, envelopes)) {
    tree.undo();
    return Failure{tree.error()};
  }
  tree.commit();
  return Done{};
}

EnvelopePayload& detail::reference_of(const Segment& segment, Handle handle) {
  const std::uint8_t flags = what_of(segment, handle).flags;
  BUSKIN_CHECK(owns_reference(flags));
  auto* const start = reinterpret_cast<std::byte*>(const_cast<BlockHeader*>(&segment.block(handle)));
  return *reinterpret_cast<EnvelopePayload*>(start + payload_offset(flags));
}

Result<Handle, MemoryError> detail::make_envelope(Thread& thread, Handle payload, const EnvelopePayload& reference,
                                                  std::uint8_t more) {
  const Segment& segment = thread.segment();
  const WhatWord what = what_of(segment, payload);
  // relaxed: the payload does not change any more.
  const auto sender = ActorId::from_word(segment.block(payload).sender.load_relaxed());
  const auto kept = static_cast<std::uint8_t>(what.flags & (BlockFlag::kExtension | BlockFlag::kRepeated));
  const auto flags = static_cast<std::uint8_t>(kept | more | BlockFlag::kEnvelope);
  std::span<std::byte> place;
  const auto made =
      open_block(thread, {.type = what.type, .flags = flags, .sender = sender}, sizeof reference, place);
  if (!made.ok()) return made;
  *reinterpret_cast<EnvelopePayload*>(place.data()) = reference;
  close_tail(thread.segment(), made.value(), what.len);  // A reader sees the payload's length.
  BlockExtension* const copy = extension_if_any(thread.segment(), made.value());
  const BlockExtension* const from = extension_if_any(thread.segment(), payload);
  if (copy == nullptr || from == nullptr) return made;
  copy->correlation = from->correlation;
  copy->deadline_ns = from->deadline_ns;
  copy->id = from->id;
  return made;
}

void detail::set_shared(Thread& thread, Handle handle) {
  BlockHeader& block = thread.segment().block(handle);
  // relaxed: ours.
  const OwnerWord held = OwnerWord::unpack(block.own.load_relaxed());
  crash_order();
  // sync(shared): release. All envelopes exist and name their bits.
  block.own.store_release(OwnerWord{BlockState::Shared, held.id, held.gen}.pack());
  crash_order();
}

void detail::release_envelope(Thread& thread, Handle handle) {
  release_reference(thread, reference_of(thread.segment(), handle));
  // crash(envelope_released): the bit is clear, the envelope still its owner's: dropped again.
  crash_point("envelope_released");
}

bool drop_exact(Thread& thread, Handle handle, std::uint64_t own) {
  const Segment& segment = thread.segment();
  if (own == 0 || peek_own(segment, handle) != own) return false;
  if (is_envelope(what_of(segment, handle))) {
    // Its maker may have died before it named its bit: then the bytes are of a former life.
    const EnvelopePayload reference = detail::reference_of(segment, handle);
    const OwnerWord above = OwnerWord::unpack(peek_own(segment, static_cast<Handle>(reference.payload)));
    const bool is_shared = above.state == BlockState::Shared && above.gen == reference.gen;
    if (is_shared && reference.bit < kFan) release_reference(thread, reference);
  }
  // crash(reference_dropped): its bit is clear, the envelope has its word: dropped again.
  crash_point("reference_dropped");
  return thread.heap().free_exact(handle, own);
}

namespace {

/// Before the block becomes HELD by `thread`: notes where the sweep after its death finds it.
void note_held(Thread& thread, Handle handle) {
  const Segment& segment = thread.segment();
  const UnitIndex head = head_of(segment, handle);
  const UnitWord word = unit_word(segment, head);
  // A run's block is found in the unit table. An orphan may have another owner by the time of the sweep.
  const bool is_own =
      word.state == UnitState::Run || (word.state == UnitState::Span && word.owner == to_bits(thread.index()));
  if (is_own) return;
  note_foreign(thread.record(), head);
  // crash(hold_noted): the repairer looks through a span for nothing.
  crash_point("hold_noted");
}

}  // namespace

void hold(Thread& thread, Handle handle) {
  note_held(thread, handle);
  BlockHeader& block = thread.segment().block(handle);
  // relaxed: the block is in our hand; no other thread changes its word.
  const OwnerWord own = OwnerWord::unpack(block.own.load_relaxed());
  block.own.store_relaxed(OwnerWord::held(thread.index(), own.gen + 1).pack());
  crash_order();
}

bool hold_exact(Thread& thread, Handle handle, std::uint64_t own) {
  if (own == 0) return false;
  note_held(thread, handle);
  const std::uint64_t held = OwnerWord::held(thread.index(), OwnerWord::unpack(own).gen + 1).pack();
  // relaxed: the caller answers for the block; no other party than it, or its dead predecessor, changes the word.
  return thread.segment().block(handle).own.cas_relaxed(own, held);
}

}  // namespace buskin::shm
