// create_entry: the request of a new actor, carried out from wherever it stopped.
#include "shm/actor/create_entry.hpp"

#include "shm/base/crash_point.hpp"
#include "shm/actor/actors.hpp"
#include "shm/memory/evidence.hpp"
#include "shm/memory/multicast.hpp"
#include "shm/actor/publish.hpp"

namespace buskin::shm {

namespace {

/// Whose creation the request asks for. None when it has gone on: then its receiver knows.
ActorId child_of(const Segment& segment, const JournalEntry& entry) {
  // relaxed: the entry is ours, or a dead thread's.
  const Handle handle = EntryWord::unpack(entry.what.load_relaxed()).handle;
  const auto header = segment.peek_header(handle);
  if (!header) return {};
  // relaxed: as above.
  const bool is_ours = header->own == entry.from.load_relaxed() || header->own == entry.own.load_relaxed();
  // Its receiver may be faster: the sender counts only when the block has the same word after it was read.
  if (!is_ours || peek_own(segment, handle) != header->own) return {};
  return ActorId::from_word(header->sender);
}

}  // namespace

void settle_create_entry(Thread& thread, JournalEntry& entry, ProcessIndex creator) {
  Segment& segment = thread.segment();
  // relaxed: the entry is ours, or a dead thread's.
  const bool is_here = OwnerWord::unpack(entry.from.load_relaxed()).state == BlockState::Saved;
  // relaxed: as above.
  const ActorId child = is_here ? ActorId::from_word(entry.target.load_relaxed()) : child_of(segment, entry);
  if (child.index == ActorIndex::None) return;
  (void)change_life(segment, child, LifeState::Reserved, LifeState::Requested, creator);
  // crash(creation_requested): REQUESTED(dead), the request HELD: rolled forward, or asked for again.
  crash_point("creation_requested");
  if (is_here) return;
  if (publish_unfinished(thread, entry) == Publication::Gone) {
    // relaxed: as above.
    const Handle handle = EntryWord::unpack(entry.what.load_relaxed()).handle;
    (void)drop_exact(thread, handle, peek_own(segment, handle));
    return;
  }
  // crash(creation_asked): pushed, and REQUESTED(dead): asked for twice at worst, and started once.
  crash_point("creation_asked");
  (void)change_life(segment, child, LifeState::Requested, LifeState::Requested, ProcessIndex::None);
}

}  // namespace buskin::shm
