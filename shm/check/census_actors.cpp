// census_actors: thread records, actors with their lanes, and names.

#include <algorithm>
#include <array>

#include "shm/actor/actors.hpp"
#include "shm/check/census.hpp"
#include "shm/names/name_table.hpp"
#include "shm/actor/turn.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::shm {

namespace {

constexpr std::size_t kOwn = 0;  // Words of a header.
constexpr std::size_t kNext = 1;
constexpr std::size_t kWhat = 2;

const char* name_of(Lane lane) {
  return lane == Lane::Control ? "control" : lane == Lane::Replies ? "replies" : "messages";
}

/// States in which `host` is the process that acts.
bool has_host(LifeState state) {
  return state != LifeState::Free && state != LifeState::Requested && state != LifeState::Notified;
}

}  // namespace

bool Census::is_process_in_use(std::uint64_t word) const {
  const std::uint64_t index = word & 0xffff'ffff;
  if (index == 0 || !segment_.is_backed(Table::Processes, index)) return false;
  // sync(process): acquire. Who is attached there.
  const auto process = ProcessWord::unpack(segment_.process(static_cast<ProcessIndex>(index)).word.load_acquire());
  return process.state != ProcessState::Free && process.gen == word >> 32;
}

bool Census::is_record_in_use(std::uint64_t thread) const {
  if (thread == 0 || !segment_.is_backed(Table::Threads, thread)) return false;
  // sync(record): acquire. Whose it is.
  return segment_.thread(static_cast<ThreadIndex>(thread)).process.load_acquire() != 0;
}

void Census::count_records() {
  const std::uint64_t processes = segment_.layout().count_of(Table::Processes);
  for (std::uint64_t i = 1; i < processes && segment_.is_backed(Table::Processes, i); ++i) {
    // sync(process): acquire. As above.
    const auto word = ProcessWord::unpack(segment_.process(static_cast<ProcessIndex>(i)).word.load_acquire());
    if (word.state != ProcessState::Free) ++report_.totals.processes;
    if (word.state == ProcessState::Dead) ++report_.totals.dead;
  }
  for (std::uint64_t i = 1; i < segment_.layout().count_of(Table::Threads); ++i) {
    if (!segment_.is_backed(Table::Threads, i)) continue;
    const ThreadRecord& record = segment_.thread(static_cast<ThreadIndex>(i));
    // sync(record): acquire. As above.
    const std::uint64_t process = record.process.load_acquire();
    if (process == 0) continue;
    ++report_.totals.threads;
    if (!is_process_in_use(process)) {
      find(sentence("thread record ", i, " belongs to process ", process & 0xffff'ffff, ", which is not there"));
    }
    excuse_record(record);
  }
}

/// A block that a send or turn under way names is queued in name only; the chain, or a repair, decides later.
void Census::excuse_record(const ThreadRecord& record) {
  // relaxed: a look; what is found must be found again.
  const auto sent = static_cast<Handle>(record.op_handle.load_relaxed());
  if (name(sent, record.op_own.load_relaxed())) ++report_.totals.in_doubt;
  // relaxed: as above.
  if (record.journal.armed.load_relaxed() == 0) return;
  const Journal& journal = record.journal;
  // relaxed: as above.
  std::uint64_t count = journal.count.load_relaxed();
  const auto overflow = static_cast<Handle>(journal.overflow.load_relaxed());
  if (count > kInlineEntries && block_at(overflow) == nullptr) count = kInlineEntries;
  for (std::uint64_t i = 0; i < count; ++i) {
    const JournalEntry& entry = journal_entry(segment_, journal, i);
    // relaxed: as above.
    const auto block = EntryWord::unpack(entry.what.load_relaxed()).handle;
    if (name(block, entry.own.load_relaxed()) || name(block, entry.from.load_relaxed())) ++report_.totals.in_doubt;
  }
  // relaxed: as above. The state that is being replaced.
  (void)name(SavedWord::unpack(journal.saved_from.load_relaxed()).handle, journal.entries[0].target.load_relaxed());
}

void Census::count_actors() {
  for_each_actor(segment_, [&](ActorId id, LifeWord life) {
    ++report_.totals.actors;
    count_actor(id.index, life);
  });
}

void Census::count_actor(ActorIndex index, LifeWord life) {
  if (has_host(life.state)) {
    const auto host = to_bits(life.host);
    const bool is_backed = host != 0 && segment_.is_backed(Table::Processes, host);
    // sync(process): acquire. As above.
    const auto word = is_backed ? ProcessWord::unpack(segment_.process(life.host).word.load_acquire()) : ProcessWord{};
    if (word.state == ProcessState::Free) {
      find(sentence("actor ", to_bits(index), " is in the hands of process ", host, ", which is not there"));
    }
  }
  for (const Lane lane : {Lane::Control, Lane::Replies, Lane::Messages}) count_lane(index, life, lane);
  count_words(index, life);
}

void Census::count_lane(ActorIndex index, LifeWord life, Lane lane) {
  const Mailbox& mailbox = segment_.mailbox(index);
  const LaneRecord& record = mailbox.lanes[static_cast<std::size_t>(lane)];
  // sync(done): acquire. Before `in`, which can only have moved on.
  const std::uint64_t done = record.done.load_acquire();
  // sync(push): acquire. The chain down to `done`.
  HeadWord at = HeadWord::unpack(mailbox.in[static_cast<std::size_t>(lane)].load_acquire());
  const std::int32_t pending = seq_distance(at.seq, done);
  const auto where = [&] { return sentence("actor ", to_bits(index), ", lane ", name_of(lane)); };
  const bool is_opening = life.state == LifeState::Reserved || life.state == LifeState::Closing;
  if (pending < 0 && !(is_opening && pending == -1))
    return find(sentence(where(), ": done ", done, " is behind in ", at.seq));
  if (!is_opening && at.closed == accepts(life.state))
    find(where() + (at.closed ? ": closed, but its actor takes messages" : ": open, but its actor is gone"));
  std::uint64_t bytes = 0;
  for (std::int32_t left = pending; left > 0; --left) {
    std::uint64_t words[4] = {};
    const bool is_read = segment_.peek(at.handle, words);
    const OwnerWord own = OwnerWord::unpack(words[kOwn]);
    const bool is_here = is_read && own.is_queued() && own.id == to_bits(index) && own.lane() == lane;
    if (!is_here)
      return find(
          sentence(where(), ": position ", at.seq, " names block ", to_bits(at.handle), ", which is elsewhere"));
    if (Counted* const block = block_at(at.handle)) block->is_named = true;
    ++report_.totals.messages;
    bytes += WhatWord::unpack(words[kWhat]).len;
    const HeadWord next = HeadWord::unpack(words[kNext]);
    const bool is_link = !next.closed && next.seq == ((at.seq - 1) & kSeqMask);
    if (!is_link) return find(sentence(where(), ": the link below position ", at.seq, " says ", next.seq));
    at = next;
  }
  if (lane == Lane::Messages && has_byte_limit(mailbox)) judge_bytes(index, bytes);
  // Completed, its block still to be dropped; or at most once, and in the handler.
  const HandWord hand = HandWord::unpack(record.hand_meta.load_acquire());  // sync(hand): acquire. As evidence does.
  if (has_host(life.state) && life.state != LifeState::Crashed && hand.seq == (done & HandWord::kSeqMask48)) {
    // relaxed: as all of this look.
    (void)name(static_cast<Handle>(record.hand_handle.load_relaxed()), record.hand_own.load_relaxed());
  }
}

/// While the system runs a message may come or go between the two looks: what is found must be found again.
void Census::judge_bytes(ActorIndex index, std::uint64_t lie_there) {
  const Mailbox& mailbox = segment_.mailbox(index);
  const auto lane = static_cast<std::size_t>(Lane::Messages);
  // relaxed: the word says up to where it is counted.
  const ByteWord bytes = ByteWord::unpack(mailbox.bytes.load_relaxed());
  // sync(push): acquire. Is the newest message counted?
  const HeadWord head = HeadWord::unpack(mailbox.in[lane].load_acquire());
  // sync(done): acquire. Is the last completed one counted?
  const bool is_in_step = bytes.is_odd == ((mailbox.lanes[lane].done.load_acquire() & 1) != 0);
  if (!bytes.is_at(head.seq) || !is_in_step || bytes.bytes == lie_there) return;
  find(sentence("actor ", to_bits(index), ": ", bytes.bytes, " bytes are counted, and ", lie_there, " lie there"));
}

void Census::count_words(ActorIndex index, LifeWord life) {
  const ActorSlot& slot = segment_.slot(index);
  const std::uint64_t id = to_bits(index);
  for (const Atomic<std::uint64_t>* const word : {&slot.saved, &slot.spec, &slot.name}) {
    // sync(saved): acquire. Before the look at its block.
    const std::uint64_t seen = word->load_acquire();
    const auto handle = static_cast<Handle>(seen & kHandleMask);
    const bool is_settling = life.state == LifeState::Reserved || life.state >= LifeState::Closing;
    if (handle == Handle::None || name(handle, BlockState::Saved, id) || is_settling) continue;
    // The list of blocks may be older than a state that is replaced all the time, in the same few blocks.
    std::uint64_t block[4] = {};
    const bool is_read = segment_.peek(handle, block);
    const OwnerWord own = OwnerWord::unpack(block[kOwn]);
    const bool is_its = own.state == BlockState::Held || (own.state == BlockState::Saved && own.id == id);
    // relaxed: behind a system call.
    if ((is_read && is_its) || word->load_relaxed() != seen) continue;
    find(sentence("actor ", id, " names block ", to_bits(handle), " as saved, which is not"));
  }
  for (const NoticeRef* const ref : {&slot.exit_notice, &slot.crash_notice}) {
    // relaxed: as above.
    const auto handle = static_cast<Handle>(ref->handle.load_relaxed());
    const std::uint64_t gen = ref->gen.load_relaxed();
    (void)name(handle, OwnerWord{BlockState::Notice, static_cast<std::uint32_t>(id), gen}.pack());
    // On its way: whoever closes or repairs the actor goes on with it.
    const bool is_leaving = life.state == LifeState::Crashed || life.state >= LifeState::Closing;
    const ActorId parent = parent_of(segment_, {index, life.gen});
    if (is_leaving) (void)name(handle, OwnerWord::queued(parent.index, Lane::Messages, gen).pack());
  }
  // relaxed: as above.
  auto timer = static_cast<Handle>(slot.timers.load_relaxed());
  while (name(timer, BlockState::Timed, id)) {  // Ends: a chain of blocks made one after the other.
    std::array<std::byte, kHeaderBytes + sizeof(BlockExtension)> bytes{};
    if (!segment_.peek(timer, bytes)) break;
    std::uint64_t link = 0;
    std::copy_n(bytes.data() + kHeaderBytes + offsetof(BlockExtension, link), sizeof link,
                reinterpret_cast<std::byte*>(&link));
    timer = static_cast<Handle>(link);
  }
  const bool is_closing = life.state >= LifeState::Closing;
  if (timer != Handle::None && !is_closing) {
    find(sentence("actor ", id, " names block ", to_bits(timer), " as a timer, which is not"));
  }
}

void Census::count_names() {
  for_each_names_block(segment_, [&](Handle block) { (void)name(block, BlockState::Saved, 0); });
  NameTable(segment_).for_each([&](std::uint64_t i, const NameCell& cell) {
    // sync(name_cell): acquire. Whose entry this is.
    const auto entry = NameWord::unpack(cell.load_acquire());
    if (entry.tag == 0 || entry.index == ActorIndex::None) return;
    ++report_.totals.names;
    const bool is_backed = segment_.is_backed(Table::Actors, to_bits(entry.index));
    // sync(life): acquire. As above.
    const LifeWord life = is_backed ? LifeWord::unpack(segment_.mailbox(entry.index).life.load_acquire()) : LifeWord{};
    const bool is_same = (life.gen & 0x7f'ffff) == entry.gen_low && life.state != LifeState::Free;
    if (!is_same) find(sentence("name cell ", i, " leads to actor ", to_bits(entry.index), ", which is gone"));
  });
}

}  // namespace buskin::shm
