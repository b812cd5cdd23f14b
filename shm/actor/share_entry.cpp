// share_entry: each store finds what a former one has done.
#include "shm/actor/share_entry.hpp"

#include "shm/base/crash_point.hpp"
#include "shm/memory/carrier.hpp"
#include "shm/memory/evidence.hpp"

namespace buskin::shm {

void settle_share(Segment& segment, Journal& journal, std::size_t i) {
  JournalEntry& entry = journal_entry(segment, journal, i);
  // relaxed: written by this thread, or by the dead one that it answers for.
  const Handle handle = EntryWord::unpack(entry.what.load_relaxed()).handle;
  const std::uint64_t from = entry.from.load_relaxed();
  const std::uint64_t carriers = entry.target.load_relaxed();
  const OwnerWord queued = OwnerWord::unpack(from);
  const OwnerWord shared{BlockState::Shared, queued.id, queued.gen + 1};
  const std::uint64_t own = peek_own(segment, handle);
  if (own != from && own != shared.pack()) return;
  // relaxed: read by a repairer, in program order, and by a census.
  entry.own.store_relaxed(shared.pack());
  crash_order();
  BlockHeader& block = segment.block(handle);
  // sync(shared): release. The message in hand; only its carriers lead to it.
  block.own.store_release(shared.pack());
  crash_order();
  // crash(input_shared): SHARED, and its carriers own nothing yet: settled again, before any of them leaves.
  crash_point("input_shared");
  for (std::size_t k = 1; k <= carriers; ++k) {
    // relaxed: as above. HELD, until the entries behind this one are published.
    arm_carrier(segment, EntryWord::unpack(journal_entry(segment, journal, i + k).what.load_relaxed()).handle,
                shared.gen);
  }
  // relaxed: published with the push of the first carrier.
  block.next.store_relaxed(RefsWord{shared.gen, (1u << carriers) - 1}.pack());
  crash_order();
  // crash(input_carried): settled again, or the next entry is published.
  crash_point("input_carried");
}

}  // namespace buskin::shm
