// carrier: the references of a carried block.
#include "shm/memory/carrier.hpp"

#include <cstring>

#include "shm/base/crash_point.hpp"

namespace buskin::shm {

namespace {

std::uint8_t flags_of(const Segment& segment, Handle handle) {
  // relaxed: the holder wrote it before it gave the block away.
  return WhatWord::unpack(segment.block(handle).what.load_relaxed()).flags;
}

/// Adds a bit whose envelope exists.
void add_reference(Segment& segment, const EnvelopePayload& reference) {
  Atomic<std::uint64_t>& word = segment.block(static_cast<Handle>(reference.payload)).next;
  // sync(refs): acquire. The carrier in our hand has a bit, so the block stays.
  std::uint64_t seen = word.load_acquire();
  // Ends: a failed CAS is another reference that was cleared or added; there are at most 28.
  for (;;) {
    RefsWord refs = RefsWord::unpack(seen);
    BUSKIN_CHECK(refs.gen == reference.gen && refs.bits != 0);
    refs.bits |= 1u << reference.bit;
    // sync(refs): seq_cst. As the clearing of a bit.
    if (word.cas_seq_cst(seen, refs.pack())) return;
  }
}

}  // namespace

Result<Handle, MemoryError> make_carrier(Thread& thread, const Envelope& envelope, std::span<const std::byte> bytes,
                                         const Carried& carried) {
  BUSKIN_CHECK(carried.bit < kCarriersMax && carried.block != Handle::None);
  Envelope own = envelope;
  own.flags |= kCarrier;
  std::span<std::byte> place;
  const auto made = open_block(thread, own, sizeof(EnvelopePayload) + bytes.size(), place);
  if (!made.ok()) return made;
  close_tail(thread.segment(), made.value(), static_cast<std::uint32_t>(bytes.size()));
  detail::reference_of(thread.segment(), made.value()) = {to_bits(carried.block), carried.bit, 0, 0};
  if (!bytes.empty()) std::memcpy(place.last(bytes.size()).data(), bytes.data(), bytes.size());
  return made;
}

void arm_carrier(Segment& segment, Handle carrier, std::uint64_t gen) {
  BUSKIN_CHECK(is_carrier(flags_of(segment, carrier)));
  detail::reference_of(segment, carrier).gen = gen;
}

void share_with(Thread& thread, Handle carried, std::span<const Handle> carriers) {
  BUSKIN_CHECK(!carriers.empty() && carriers.size() <= kCarriersMax);
  Segment& segment = thread.segment();
  // relaxed: ours.
  const OwnerWord held = OwnerWord::unpack(segment.block(carried).own.load_relaxed());
  BUSKIN_CHECK(held.state == BlockState::Held);
  for (const Handle carrier : carriers) arm_carrier(segment, carrier, held.gen);
  crash_order();
  // relaxed: published with the owner word.
  segment.block(carried).next.store_relaxed(RefsWord{held.gen, (1u << carriers.size()) - 1}.pack());
  detail::set_shared(thread, carried);
  // crash(carried_shared): its carriers are HELD(dead); the sweep of them clears its bits and frees it.
  crash_point("carried_shared");
}

Handle carried_by(const Segment& segment, Handle handle) {
  if (!is_carrier(flags_of(segment, handle))) return Handle::None;
  const EnvelopePayload& reference = detail::reference_of(segment, handle);
  return reference.gen != 0 ? static_cast<Handle>(reference.payload) : Handle::None;
}

bool brings(const Segment& segment, Handle handle, Handle carried) {
  return is_carrier(flags_of(segment, handle)) && detail::reference_of(segment, handle).payload == to_bits(carried);
}

Result<Handle, MemoryError> make_envelope_of_carried(Thread& thread, Handle carrier) {
  Segment& segment = thread.segment();
  BUSKIN_CHECK(carried_by(segment, carrier) != Handle::None);
  EnvelopePayload& own = detail::reference_of(segment, carrier);
  if (own.passed_on >= kPassedOnMax) return Failure{MemoryError::TooBig};
  const std::uint64_t bit = kCarriersMax + (own.bit % kCarriersMax) * kPassedOnMax + own.passed_on;
  // With an extension: it may become the notice about itself (returned.hpp), and its reference stays.
  const auto made = detail::make_envelope(thread, static_cast<Handle>(own.payload), {own.payload, bit, 0, 0},
                                          BlockFlag::kExtension);
  if (!made.ok()) return made;
  BlockExtension& extension = *extension_if_any(segment, made.value());
  extension.correlation = 0;
  extension.deadline_ns = 0;
  ++own.passed_on;
  crash_order();
  // crash(carried_counted): the bit is taken for nothing: no bit is used twice. The envelope names generation 0.
  crash_point("carried_counted");
  EnvelopePayload& reference = detail::reference_of(segment, made.value());
  reference.gen = own.gen;
  crash_order();
  // crash(carried_named): HELD(dead), and its bit is not set: dropped, which clears nothing.
  crash_point("carried_named");
  add_reference(segment, reference);
  // crash(carried_passed_on): HELD(dead) with its bit: the sweep drops both.
  crash_point("carried_passed_on");
  return made;
}

}  // namespace buskin::shm
