// census_blocks: a span is read at once, beside the mapping, because its owner may give it back.
#include "shm/check/census_blocks.hpp"

#include <algorithm>
#include <array>

#include "shm/check/sentence.hpp"
#include "shm/segment/reserve_layout.hpp"
#include "shm/segment/size_class.hpp"
#include "shm/memory/units.hpp"

namespace buskin::shm {

namespace {

const char* name_of(BlockState state) {
  constexpr std::array kNames = {"free",
                                 "held",
                                 "queued in lane control",
                                 "queued in lane replies",
                                 "queued in lane messages",
                                 "shared",
                                 "saved",
                                 "timed",
                                 "notice"};
  const auto at = static_cast<std::size_t>(state);
  return at < kNames.size() ? kNames[at] : "in an unknown state";
}

std::string describe(const Counted& block) {
  const OwnerWord own = OwnerWord::unpack(block.own);
  return sentence("block ", to_bits(block.handle), " is ", name_of(own.state), " by ", own.id, " in generation ",
                  own.gen);
}

void count_block(Census& census, Handle handle, const HeaderWords& header) {
  CheckTotals& totals = census.totals();
  switch (OwnerWord::unpack(header.own).state) {
    case BlockState::Free: ++totals.blocks_free; return;
    case BlockState::Held: ++totals.blocks_held; break;
    case BlockState::QueuedControl:
    case BlockState::QueuedReplies:
    case BlockState::QueuedMessages: ++totals.blocks_queued; break;
    case BlockState::Shared: ++totals.blocks_shared; break;
    case BlockState::Saved: ++totals.blocks_saved; break;
    case BlockState::Timed: ++totals.blocks_timed; break;
    case BlockState::Notice: ++totals.blocks_notice; break;
  }
  census.add({handle, header.own, header.next, header.what, false});
}

void count_blocks(Census& census, UnitIndex head, std::uint64_t bytes, std::uint64_t blocks, bool is_run) {
  const Segment& segment = census.segment();
  const Handle first = segment.handle_of(segment.unit_data(head));
  std::vector<std::byte> copy(is_run ? 0 : blocks * bytes);
  // A span is read at once, beside the mapping; its owner may give it back meanwhile.
  if (!is_run && !segment.peek(first, copy)) return census.find(sentence("unit ", to_bits(head), " cannot be read"));
  for (std::uint64_t i = 0; i < blocks; ++i) {
    const auto handle = static_cast<Handle>(to_bits(first) + i * bytes / kCacheLineBytes);
    HeaderWords header;
    if (is_run) {
      header = segment.peek_header(handle).value_or(HeaderWords{});
    } else {
      std::copy_n(copy.data() + i * bytes, sizeof header, reinterpret_cast<std::byte*>(&header));
    }
    count_block(census, handle, header);
  }
}

/// A unit that says it continues another one.
void judge_continued(Census& census, std::uint64_t unit, UnitWord word) {
  const bool is_known = word.owner < unit && census.segment().is_backed(Table::Units, word.owner);
  const auto head = static_cast<UnitIndex>(word.owner);
  const UnitState state = is_known ? unit_word(census.segment(), head).state : UnitState::Free;
  // Behind a head that is being taken or given back, the units are passed one by one.
  if (state == UnitState::Taking || state == UnitState::Releasing) return;
  census.find(sentence("unit ", unit, " continues unit ", word.owner, ", which is not its head"), word.pack());
}

/// Returns how many units hang together from here on.
std::uint64_t count_unit(Census& census, std::uint64_t unit) {
  const auto head = static_cast<UnitIndex>(unit);
  const UnitWord word = unit_word(census.segment(), head);
  const bool is_reserve = unit < census.segment().layout().reserve_units;
  if (is_reserve && word.pack() != reserve_word(unit).pack()) {
    census.find(sentence("unit ", unit, " is of the reserve, and is used for something else"));
  }
  ++(word.state == UnitState::Free ? census.totals().units_free : census.totals().units_used);
  if (word.state == UnitState::Free) return 1;
  const bool is_span = word.state == UnitState::Span || word.state == UnitState::Orphan;
  const bool has_owner =
      word.state == UnitState::Span || word.state == UnitState::Taking || word.state == UnitState::Releasing;
  if (has_owner && !is_reserve && !census.is_record_in_use(word.owner)) {
    census.find(sentence("unit ", unit, " belongs to thread record ", word.owner, ", which no process has"));
  }
  if (word.state == UnitState::Continued) judge_continued(census, unit, word);
  if (!is_span && word.state != UnitState::Run) return 1;
  if (is_span && word.size_class >= kClassCount) {
    census.find(sentence("unit ", unit, " is a span of the unknown size class ", word.size_class));
    return 1;
  }
  const std::uint64_t units = is_span ? span_units(word.size_class) : word.owner;
  const std::uint64_t found = units_count(census.segment(), head);
  if (found != units) {
    census.find(sentence("unit ", unit, " heads ", units, " units, but ", found, " hang on it"), word.pack());
    return 1;
  }
  census.totals().units_used += units - 1;
  count_blocks(census, head, is_span ? kClassBytes[word.size_class] : units * kPieceBytes,
               is_span ? span_blocks(word.size_class) : 1, !is_span);
  return units;
}

/// The bit that an envelope, a group or a carrier owns in the shared block above it.
struct Reference {
  Handle payload{};
  std::uint64_t gen = 0;
  std::uint32_t bits = 0;
};

/// The references of all envelopes, groups and carriers, sorted by payload.
std::vector<Reference> references_in(const Census& census) {
  std::vector<Reference> references;
  for (const Counted& block : census.blocks()) {
    const WhatWord what = WhatWord::unpack(block.what);
    if (!owns_reference(what.flags)) continue;
    std::array<std::byte, kHeaderBytes + sizeof(BlockExtension) + sizeof(BlockLongExtension) + sizeof(EnvelopePayload)>
        bytes{};
    const std::size_t end = payload_offset(what.flags) + sizeof(EnvelopePayload);
    if (!census.segment().peek(block.handle, std::span(bytes).first(end))) continue;
    EnvelopePayload reference{};
    std::copy_n(bytes.data() + payload_offset(what.flags), sizeof reference, reinterpret_cast<std::byte*>(&reference));
    if (reference.bit >= RefsWord::kReferencesMax) continue;  // Its maker has not written it yet.
    references.push_back({static_cast<Handle>(reference.payload), reference.gen, 1u << reference.bit});
  }
  std::sort(references.begin(), references.end(),
            [](const Reference& a, const Reference& b) { return a.payload < b.payload; });
  return references;
}

void judge_shared(Census& census, const Counted& block, const std::vector<Reference>& references) {
  const OwnerWord own = OwnerWord::unpack(block.own);
  const RefsWord refs = RefsWord::unpack(block.next);
  std::uint32_t owned = 0;
  auto at = std::lower_bound(references.begin(), references.end(), block.handle,
                             [](const Reference& reference, Handle wanted) { return reference.payload < wanted; });
  for (; at != references.end() && at->payload == block.handle; ++at) {
    if (at->gen == own.gen) owned |= at->bits;
  }
  if (refs.gen != own.gen) census.find(describe(block) + sentence(", but its references are of generation ", refs.gen));
  if (refs.bits == 0) census.find(describe(block) + ", but has no reference left");
  if ((refs.bits & ~owned) != 0) census.find(describe(block) + ", but some of its references have no owner");
}

void judge(Census& census, const Counted& block, const std::vector<Reference>& references) {
  const OwnerWord own = OwnerWord::unpack(block.own);
  if (own.state > BlockState::Notice) return census.find(describe(block));
  if (own.state == BlockState::Held) {
    if (!census.is_record_in_use(own.id)) census.find(describe(block) + ", a thread record that no process has");
    return;
  }
  if (block.is_named) return;  // Also a block that a turn under way is sharing.
  if (own.state == BlockState::Shared) return judge_shared(census, block, references);
  census.find(describe(block) + (own.is_queued() ? ", but in no chain of it" : ", which does not name it"));
}

}  // namespace

void count_units(Census& census) {
  const std::uint64_t total = census.segment().layout().count_of(Table::Units);
  for (std::uint64_t unit = 0; unit < total && census.segment().is_backed(Table::Units, unit);) {
    unit += count_unit(census, unit);
  }
}

void judge_blocks(Census& census) {
  const std::vector<Reference> references = references_in(census);
  for (const Counted& block : census.blocks()) judge(census, block, references);
}

}  // namespace buskin::shm
