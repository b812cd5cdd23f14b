// census_actors: every word is read once, and its block looked up in the list.
#include "shm/check/census_actors.hpp"

#include <algorithm>
#include <array>

#include "shm/actor/actors.hpp"
#include "shm/check/sentence.hpp"
#include "shm/names/name_table.hpp"
#include "shm/segment/process_table.hpp"
#include "shm/actor/turn.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::shm {

namespace {

const char* name_of(Lane lane) {
  return lane == Lane::Control ? "control" : lane == Lane::Replies ? "replies" : "messages";
}

constexpr int kTimerWalksMax = 64;
constexpr std::uint32_t kTimerStepsMax = 1'000'000;

/// States in which `host` is the process that acts.
bool has_host(LifeState state) {
  return state != LifeState::Free && state != LifeState::Requested && state != LifeState::Notified;
}

bool is_process_in_use(const Census& census, std::uint64_t word) {
  const MemberId member = MemberId::from_word(word);
  const bool is_entry = member.index != ProcessIndex::None &&
                        census.segment().is_backed(Table::Processes, to_bits(member.index));
  if (!is_entry) return false;
  const ProcessWord process = word_of(census.segment().process(member.index));
  return process.state != ProcessState::Free && process.gen == member.gen;
}

/// Names the blocks of a send or a turn under way. They are queued in name only; the chain, or a repair, decides.
void excuse_record(Census& census, const ThreadRecord& record) {
  // relaxed: a look; what is found must be found again.
  const auto sent = static_cast<Handle>(record.op_handle.load_relaxed());
  if (census.name(sent, record.op_own.load_relaxed())) ++census.totals().in_doubt;
  // relaxed: as above.
  if (record.journal.armed.load_relaxed() == 0) return;
  const Journal& journal = record.journal;
  // relaxed: as above.
  std::uint64_t count = journal.count.load_relaxed();
  const auto overflow = static_cast<Handle>(journal.overflow.load_relaxed());
  if (count > kInlineEntries && census.block_at(overflow) == nullptr) count = kInlineEntries;
  for (std::uint64_t i = 0; i < count; ++i) {
    const JournalEntry& entry = journal_entry(census.segment(), journal, i);
    // relaxed: as above.
    const auto block = EntryWord::unpack(entry.what.load_relaxed()).handle;
    const bool is_named = census.name(block, entry.own.load_relaxed()) || census.name(block, entry.from.load_relaxed());
    if (is_named) ++census.totals().in_doubt;
  }
  // relaxed: as above. The state that is being replaced.
  (void)census.name(SavedWord::unpack(journal.saved_from.load_relaxed()).handle,
                    journal.entries[0].target.load_relaxed());
}

/// Compares the count with the chain. A message may come or go between the two looks; then the next look differs.
void judge_bytes(Census& census, ActorIndex index, std::uint64_t lie_there) {
  const Mailbox& mailbox = census.segment().mailbox(index);
  const auto lane = static_cast<std::size_t>(Lane::Messages);
  // relaxed: the word says up to where it is counted.
  const ByteWord bytes = ByteWord::unpack(mailbox.bytes.load_relaxed());
  // sync(push): acquire. Is the newest message counted?
  const HeadWord head = HeadWord::unpack(mailbox.in[lane].load_acquire());
  // sync(done): acquire. Is the last completed one counted?
  const bool is_in_step = bytes.is_odd == ((mailbox.lanes[lane].done.load_acquire() & 1) != 0);
  if (!bytes.is_at(head.seq) || !is_in_step || bytes.bytes == lie_there) return;
  census.find(
      sentence("actor ", to_bits(index), ": ", bytes.bytes, " bytes are counted, and ", lie_there, " lie there"),
      head.pack());
}

void count_lane(Census& census, ActorIndex index, LifeWord life, Lane lane) {
  const Mailbox& mailbox = census.segment().mailbox(index);
  const LaneRecord& record = mailbox.lanes[static_cast<std::size_t>(lane)];
  // sync(done): acquire. Before `in`, which can only have moved on.
  const std::uint64_t done = record.done.load_acquire();
  // sync(push): acquire. The chain down to `done`.
  HeadWord at = HeadWord::unpack(mailbox.in[static_cast<std::size_t>(lane)].load_acquire());
  const std::int32_t pending = seq_distance(at.seq, done);
  const auto where = [&] { return sentence("actor ", to_bits(index), ", lane ", name_of(lane)); };
  const bool is_opening = life.state == LifeState::Reserved || life.state == LifeState::Closing;
  if (pending < 0 && !(is_opening && pending == -1))
    return census.find(sentence(where(), ": done ", done, " is behind in ", at.seq));
  if (!is_opening && at.closed == accepts(life.state))
    census.find(where() + (at.closed ? ": closed, but its actor takes messages" : ": open, but its actor is gone"));
  std::uint64_t bytes = 0;
  for (std::int32_t left = pending; left > 0; --left) {
    // Zeroes, where nothing can be read, are queued nowhere.
    const HeaderWords header = census.segment().peek_header(at.handle).value_or(HeaderWords{});
    const OwnerWord own = OwnerWord::unpack(header.own);
    const bool is_here = own.is_queued() && own.id == to_bits(index) && own.lane() == lane;
    if (!is_here) {
      const std::uint64_t block = to_bits(at.handle);
      return census.find(sentence(where(), ": position ", at.seq, " names block ", block, ", which is elsewhere"));
    }
    if (Counted* const block = census.block_at(at.handle)) block->is_named = true;
    ++census.totals().messages;
    bytes += WhatWord::unpack(header.what).len;
    const HeadWord next = HeadWord::unpack(header.next);
    const bool is_link = !next.closed && next.seq == ((at.seq - 1) & kSeqMask);
    if (!is_link) return census.find(sentence(where(), ": the link below position ", at.seq, " says ", next.seq));
    at = next;
  }
  if (lane == Lane::Messages && has_byte_limit(mailbox)) judge_bytes(census, index, bytes);
  // The message in hand is completed and its block still to be dropped; or it is at most once, and in the handler.
  const HandWord hand = HandWord::unpack(record.hand_meta.load_acquire());  // sync(hand): acquire. As evidence does.
  if (has_host(life.state) && life.state != LifeState::Crashed && hand.seq == (done & HandWord::kSeqMask48)) {
    // relaxed: as the rest of this look.
    (void)census.name(static_cast<Handle>(record.hand_handle.load_relaxed()), record.hand_own.load_relaxed());
  }
}

struct TimerBlock {
  OwnerWord own;
  Handle next{};
};

TimerBlock timer_at(const Segment& segment, Handle handle) {
  std::array<std::byte, kHeaderBytes + sizeof(BlockExtension)> bytes{};
  if (handle == Handle::None || !segment.peek(handle, bytes)) return {};
  std::uint64_t own = 0;
  std::uint64_t link = 0;
  std::copy_n(bytes.data() + offsetof(BlockHeader, own), sizeof own, reinterpret_cast<std::byte*>(&own));
  std::copy_n(bytes.data() + kHeaderBytes + offsetof(BlockExtension, link), sizeof link,
              reinterpret_cast<std::byte*>(&link));
  return {OwnerWord::unpack(own), static_cast<Handle>(link)};
}

/// Walks the chain by what stands there now: its blocks may be newer than the list. Its host sets and fires timers
/// meanwhile, so a walk that loses the chain begins again.
void count_timers(Census& census, ActorIndex index) {
  const Segment& segment = census.segment();
  const std::uint64_t id = to_bits(index);
  Handle lost{};
  OwnerWord found{};
  for (int walk = 0; walk < kTimerWalksMax; ++walk) {
    // relaxed: a look; what is found must be found again.
    auto timer = static_cast<Handle>(segment.slot(index).timers.load_relaxed());
    std::uint32_t steps = 0;
    while (timer != Handle::None && steps < kTimerStepsMax) {  // Ends: with the chain, or the bound.
      const TimerBlock block = timer_at(segment, timer);
      if (block.own.state != BlockState::Timed || block.own.id != id) {
        found = block.own;
        break;
      }
      (void)census.name(timer, block.own.pack());
      timer = block.next;
      ++steps;
    }
    if (timer == Handle::None) return;
    lost = timer;
  }
  census.find(sentence("actor ", id, " names block ", to_bits(lost), " as a timer, which is not"), found.pack());
}

void count_words(Census& census, ActorIndex index, LifeWord life) {
  const ActorSlot& slot = census.segment().slot(index);
  const std::uint64_t id = to_bits(index);
  for (const Atomic<std::uint64_t>* const word : {&slot.saved, &slot.spec, &slot.name}) {
    // sync(saved): acquire. Before the look at its block.
    const std::uint64_t seen = word->load_acquire();
    const auto handle = static_cast<Handle>(seen & kHandleMask);
    const bool is_settling = life.state == LifeState::Reserved || life.state >= LifeState::Closing;
    if (handle == Handle::None || census.name(handle, BlockState::Saved, id) || is_settling) continue;
    // The list of blocks may be older than a state that is replaced all the time, in the same few blocks.
    const auto block = census.segment().peek_header(handle);
    const OwnerWord own = block ? OwnerWord::unpack(block->own) : OwnerWord{};
    const bool is_its = own.state == BlockState::Held || (own.state == BlockState::Saved && own.id == id);
    // relaxed: behind a system call.
    if (is_its || word->load_relaxed() != seen) continue;
    census.find(sentence("actor ", id, " names block ", to_bits(handle), " as saved, which is not"), seen);
  }
  for (const NoticeRef* const ref : {&slot.exit_notice, &slot.crash_notice}) {
    // relaxed: as above.
    const auto handle = static_cast<Handle>(ref->handle.load_relaxed());
    const std::uint64_t gen = ref->gen.load_relaxed();
    (void)census.name(handle, OwnerWord{BlockState::Notice, static_cast<std::uint32_t>(id), gen}.pack());
    // The notice is on its way: the process that closes or repairs the actor goes on with it.
    const bool is_leaving = life.state == LifeState::Crashed || life.state >= LifeState::Closing;
    const ActorId parent = parent_of(census.segment(), {index, life.gen});
    if (is_leaving) (void)census.name(handle, OwnerWord::queued(parent.index, Lane::Messages, gen).pack());
  }
  if (life.state < LifeState::Closing) count_timers(census, index);
}

void count_actor(Census& census, ActorIndex index, LifeWord life) {
  if (has_host(life.state)) {
    const auto host = to_bits(life.host);
    const bool is_backed = host != 0 && census.segment().is_backed(Table::Processes, host);
    if (!is_backed || word_of(census.segment().process(life.host)).state == ProcessState::Free) {
      census.find(sentence("actor ", to_bits(index), " belongs to process ", host, ", which is not there"));
    }
  }
  for (const Lane lane : {Lane::Control, Lane::Replies, Lane::Messages}) count_lane(census, index, life, lane);
  count_words(census, index, life);
}

}  // namespace

void count_records(Census& census) {
  const Segment& segment = census.segment();
  for_each_process(segment, [&](ProcessIndex, const ProcessEntry&, ProcessWord word) {
    ++census.totals().processes;
    if (word.state == ProcessState::Dead) ++census.totals().dead;
  });
  for (std::uint64_t i = 1; i < segment.layout().count_of(Table::Threads); ++i) {
    if (!segment.is_backed(Table::Threads, i)) continue;
    const ThreadRecord& record = segment.thread(static_cast<ThreadIndex>(i));
    // sync(record): acquire. Which process has it.
    const std::uint64_t process = record.process.load_acquire();
    if (process == 0) continue;
    ++census.totals().threads;
    if (!is_process_in_use(census, process)) {
      const std::uint64_t index = to_bits(MemberId::from_word(process).index);
      census.find(sentence("thread record ", i, " belongs to process ", index, ", which is not there"));
    }
    excuse_record(census, record);
  }
}

void count_actors(Census& census) {
  for_each_actor(census.segment(), [&](ActorId id, LifeWord life) {
    ++census.totals().actors;
    count_actor(census, id.index, life);
  });
}

void count_names(Census& census) {
  for_each_names_block(census.segment(), [&](Handle block) { (void)census.name(block, BlockState::Saved, 0); });
  NameTable(census.segment()).for_each([&](std::uint64_t i, const NameCell& cell) {
    // sync(name_cell): acquire. The actor of the entry.
    const auto entry = NameWord::unpack(cell.load_acquire());
    if (entry.tag == 0 || entry.index == ActorIndex::None) return;
    ++census.totals().names;
    const bool is_backed = census.segment().is_backed(Table::Actors, to_bits(entry.index));
    LifeWord life;
    // sync(life): acquire. The slot as its creator filled it.
    if (is_backed) life = LifeWord::unpack(census.segment().mailbox(entry.index).life.load_acquire());
    const bool is_same = (life.gen & 0x7f'ffff) == entry.gen_low && life.state != LifeState::Free;
    if (!is_same) census.find(sentence("name cell ", i, " leads to actor ", to_bits(entry.index), ", which is gone"));
  });
}

}  // namespace buskin::shm
