// census_blocks: the unit table, all blocks in it, and the judgement on each.
#include <algorithm>
#include <array>

#include "shm/check/census.hpp"
#include "shm/segment/size_class.hpp"
#include "shm/memory/units.hpp"

namespace buskin::shm {

namespace {

constexpr std::size_t kOwn = 0;  // Words of a header.
constexpr std::size_t kNext = 1;
constexpr std::size_t kWhat = 2;

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

}  // namespace

void Census::count_units() {
  const std::uint64_t total = segment_.layout().count_of(Table::Units);
  for (std::uint64_t unit = 0; unit < total && segment_.is_backed(Table::Units, unit);) unit += count_unit(unit);
}

/// Returns how many units hang together from here on.
std::uint64_t Census::count_unit(std::uint64_t unit) {
  const auto head = static_cast<UnitIndex>(unit);
  const UnitWord word = unit_word(segment_, head);
  if (word.state == UnitState::Free) return ++report_.totals.units_free, 1;
  ++report_.totals.units_used;
  const bool is_span = word.state == UnitState::Span || word.state == UnitState::Orphan;
  const bool has_owner =
      word.state == UnitState::Span || word.state == UnitState::Taking || word.state == UnitState::Releasing;
  if (has_owner && !is_record_in_use(word.owner)) {
    find(sentence("unit ", unit, " belongs to thread record ", word.owner, ", which nobody has"));
  }
  if (word.state == UnitState::Continued) {
    const bool is_known = word.owner < unit && segment_.is_backed(Table::Units, word.owner);
    const UnitState state = is_known ? unit_word(segment_, static_cast<UnitIndex>(word.owner)).state : UnitState::Free;
    // Behind a head that is being taken or given back it is passed one by one.
    if (state != UnitState::Taking && state != UnitState::Releasing) {
      find(sentence("unit ", unit, " continues unit ", word.owner, ", which is no head of it"));
    }
    return 1;
  }
  if (!is_span && word.state != UnitState::Run) return 1;
  if (is_span && word.size_class >= kClassCount) {
    find(sentence("unit ", unit, " is a span of the unknown size class ", word.size_class));
    return 1;
  }
  const std::uint64_t units = is_span ? span_units(word.size_class) : word.owner;
  if (units_count(segment_, head) != units) {
    find(sentence("unit ", unit, " heads ", units, " units, but ", units_count(segment_, head), " hang on it"));
    return 1;
  }
  report_.totals.units_used += units - 1;
  count_blocks(head, is_span ? kClassBytes[word.size_class] : units * kPieceBytes,
               is_span ? span_blocks(word.size_class) : 1, !is_span);
  return units;
}

void Census::count_blocks(UnitIndex head, std::uint64_t bytes, std::uint64_t blocks, bool is_run) {
  const Handle first = segment_.handle_of(segment_.unit_data(head));
  std::vector<std::byte> copy(is_run ? 0 : blocks * bytes);
  // A span is read at once, beside the mapping; its owner may give it back meanwhile.
  if (!is_run && !segment_.peek(first, copy)) return find(sentence("unit ", to_bits(head), " cannot be read"));
  for (std::uint64_t i = 0; i < blocks; ++i) {
    const auto handle = static_cast<Handle>(to_bits(first) + i * bytes / kCacheLineBytes);
    std::uint64_t words[4] = {};
    if (is_run) {
      (void)segment_.peek(handle, words);
    } else {
      std::copy_n(copy.data() + i * bytes, sizeof words, reinterpret_cast<std::byte*>(words));
    }
    count_block(handle, words);
  }
}

void Census::count_block(Handle handle, const std::uint64_t (&words)[4]) {
  CheckTotals& totals = report_.totals;
  switch (OwnerWord::unpack(words[kOwn]).state) {
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
  blocks_.push_back({handle, words[kOwn], words[kNext], words[kWhat], false});
}

Counted* Census::block_at(Handle handle) {
  const auto at = std::lower_bound(blocks_.begin(), blocks_.end(), handle,
                                   [](const Counted& block, Handle wanted) { return block.handle < wanted; });
  return at != blocks_.end() && at->handle == handle ? &*at : nullptr;
}

bool Census::name(Handle handle, std::uint64_t own) {
  Counted* const block = block_at(handle);
  if (block == nullptr || block->own != own) return false;
  return block->is_named = true;
}

bool Census::name(Handle handle, BlockState state, std::uint64_t id) {
  Counted* const block = block_at(handle);
  if (block == nullptr) return false;
  const OwnerWord own = OwnerWord::unpack(block->own);
  if (own.state != state || own.id != id) return false;
  return block->is_named = true;
}

void Census::judge_blocks() {
  count_references();
  for (Counted& block : blocks_) judge(block);
}

/// Which bits of which payloads have an owner.
void Census::count_references() {
  for (const Counted& block : blocks_) {
    const WhatWord what = WhatWord::unpack(block.what);
    if ((what.flags & BlockFlag::kEnvelope) == 0) continue;
    std::array<std::byte, kHeaderBytes + sizeof(BlockExtension) + sizeof(BlockLongExtension) + sizeof(EnvelopePayload)>
        bytes{};
    const std::size_t end = payload_offset(what.flags) + sizeof(EnvelopePayload);
    if (!segment_.peek(block.handle, std::span(bytes).first(end))) continue;
    EnvelopePayload reference{};
    std::copy_n(bytes.data() + payload_offset(what.flags), sizeof reference, reinterpret_cast<std::byte*>(&reference));
    if (reference.bit >= RefsWord::kReferencesMax) continue;  // Its maker is not there yet.
    references_.push_back({static_cast<Handle>(reference.payload), reference.gen, 1u << reference.bit});
  }
  std::sort(references_.begin(), references_.end(),
            [](const Reference& a, const Reference& b) { return a.payload < b.payload; });
}

void Census::judge(Counted& block) {
  const OwnerWord own = OwnerWord::unpack(block.own);
  if (own.state > BlockState::Notice) return find(describe(block));
  if (own.state == BlockState::Held) {
    if (!is_record_in_use(own.id)) find(describe(block) + ", a thread record that nobody has");
    return;
  }
  if (own.state == BlockState::Shared) return judge_shared(block);
  if (block.is_named) return;
  find(describe(block) + (own.is_queued() ? ", but in no chain of it" : ", which does not name it"));
}

void Census::judge_shared(const Counted& block) {
  const OwnerWord own = OwnerWord::unpack(block.own);
  const RefsWord refs = RefsWord::unpack(block.next);
  std::uint32_t owned = 0;
  auto at = std::lower_bound(references_.begin(), references_.end(), block.handle,
                             [](const Reference& reference, Handle wanted) { return reference.payload < wanted; });
  for (; at != references_.end() && at->payload == block.handle; ++at) {
    if (at->gen == own.gen) owned |= at->bits;
  }
  if (refs.gen != own.gen) find(describe(block) + sentence(", but its references are of generation ", refs.gen));
  if (refs.bits == 0) find(describe(block) + ", but has no reference left");
  if ((refs.bits & ~owned) != 0) find(describe(block) + ", but nobody owns some of its references");
}

}  // namespace buskin::shm
