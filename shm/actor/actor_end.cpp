// actor_end: the notice first, then the word that names the message.
#include "shm/actor/actor_end.hpp"

#include <algorithm>

#include "shm/actor/actors.hpp"
#include "shm/base/check.hpp"
#include "shm/base/crash_point.hpp"
#include "shm/memory/evidence.hpp"

namespace buskin::shm {

namespace {

/// The exit notice while it is reserved; None when it has left. Its memory may have left with it, so the look is
/// beside the mapping.
Handle reserved_exit_notice(const Segment& segment, ActorId id) {
  const NoticeRef& ref = segment.slot(id.index).exit_notice;
  // relaxed: written when the notice was reserved.
  const auto handle = static_cast<Handle>(ref.handle.load_relaxed());
  // relaxed: as above.
  const OwnerWord own{BlockState::Notice, static_cast<std::uint32_t>(to_bits(id.index)), ref.gen.load_relaxed()};
  return peek_own(segment, handle) == own.pack() ? handle : Handle::None;
}

}  // namespace

void fill_exit_notice(Thread& thread, ActorId id, TypeIndex type, std::span<const std::byte> notice) {
  BUSKIN_CHECK(notice.size() <= kExitNoticeMax);
  Segment& segment = thread.segment();
  const Handle handle = reserved_exit_notice(segment, id);
  if (handle == Handle::None) return;
  BlockHeader& block = segment.block(handle);
  const std::uint8_t flags = BlockFlag::kExempt;
  // relaxed: the actor's until it is pushed, which publishes it.
  block.what.store_relaxed(WhatWord{static_cast<std::uint32_t>(notice.size()), type, flags}.pack());
  block.sender.store_relaxed(id.word());
  std::copy(notice.begin(), notice.end(), reinterpret_cast<std::byte*>(&block + 1));
}

std::span<const std::byte> exit_notice_of(const Segment& segment, ActorId id) {
  const Handle handle = reserved_exit_notice(segment, id);
  if (handle == Handle::None) return {};
  const BlockHeader& block = segment.block(handle);
  // relaxed: written by the process that had the actor.
  return {reinterpret_cast<const std::byte*>(&block + 1), WhatWord::unpack(block.what.load_relaxed()).len};
}

void note_end(Thread& thread, ActorId id, const EndNote& note) {
  Segment& segment = thread.segment();
  if (taken_end(segment, id).has_value()) return;
  fill_exit_notice(thread, id, note.type, note.notice);
  crash_order();
  // crash(end_explained): the notice says why, and no word says that the actor ends: it goes on.
  crash_point("end_explained");
  // relaxed: read by a closer or a repairer, in program order.
  segment.mailbox(id.index).end.store_relaxed(note.when.pack());
  crash_order();
  // crash(end_noted): taken when its message is completed; before that the actor is given to another process.
  crash_point("end_noted");
}

void forget_end(Segment& segment, ActorId id) {
  // relaxed: written by the process that has the actor, which is this one.
  if (!taken_end(segment, id).has_value()) segment.mailbox(id.index).end.store_relaxed(0);
}

std::optional<EndWord> taken_end(const Segment& segment, ActorId id) {
  const Mailbox& mailbox = segment.mailbox(id.index);
  // relaxed: written by the process that has, or had, the actor.
  const std::uint64_t word = mailbox.end.load_relaxed();
  if (word == 0 || life_of(segment, id).state == LifeState::Free) return std::nullopt;
  const EndWord end = EndWord::unpack(word);
  if (static_cast<std::size_t>(end.lane) >= kLaneCount) return std::nullopt;
  // sync(done): acquire. The commit of the turn that noted the end.
  const std::uint64_t done = mailbox.lanes[static_cast<std::size_t>(end.lane)].done.load_acquire();
  return (done & HandWord::kSeqMask48) >= end.seq ? std::optional(end) : std::nullopt;
}

}  // namespace buskin::shm
