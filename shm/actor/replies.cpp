// replies: the rows of the table, and the turn that answers one.
#include "shm/actor/replies.hpp"

#include <algorithm>

#include "shm/base/crash_point.hpp"
#include "shm/memory/multicast.hpp"
#include "shm/actor/publish.hpp"

namespace buskin::shm {

namespace {

constexpr std::uint64_t kPlacesLooked = 64;  // From where a request's row belongs.
/// The part of the table in which a row is looked for first: one piece. Rows that are spread over the whole table would
/// make all of it memory in use.
constexpr std::uint64_t kFirstPart = kPieceBytes / sizeof(ReplyRow);
constexpr std::uint64_t kPartGrows = 8;  // How much larger the next part is, when the places there are taken.

ReplyRow& row_of(Segment& segment, std::uint64_t index) { return segment.row<ReplyRow>(Table::Replies, index); }
const ReplyRow& row_of(const Segment& segment, std::uint64_t index) {
  return segment.row<ReplyRow>(Table::Replies, index);
}

/// Calls `visit` with each place where the row of a request may be, until it returns true.
template <class Visit>
void visit_places(const Segment& segment, const KeptReply& reply, Visit visit) {
  std::uint64_t hash = (reply.keeper.word() ^ reply.message * 0x9e37'79b9'7f4a'7c15) * 0xbf58'476d'1ce4'e5b9;
  hash ^= hash >> 31;
  const std::uint64_t count = segment.layout().count_of(Table::Replies);
  // Ends: with the whole table. A part does not contain the smaller ones.
  for (std::uint64_t begin = 0, end = std::min(kFirstPart, count); begin < count;) {
    for (std::uint64_t i = 0; i < std::min(kPlacesLooked, end - begin); ++i) {
      if (visit(begin + (hash + i) % (end - begin))) return;
    }
    begin = end;
    end = std::min(end * kPartGrows, count);
  }
}

bool is_of(const ReplyRow& row, const KeptReply& reply) {
  // sync(reply): acquire. The row's words stand before KEPT.
  if (row.state.load_acquire() != ReplyState::kKept) return false;
  // relaxed: as above.
  return row.keeper.load_relaxed() == reply.keeper.word() && row.message.load_relaxed() == reply.message;
}

void write(ReplyRow& row, const KeptReply& reply) {
  // relaxed: published by KEPT.
  row.message.store_relaxed(reply.message);
  row.asker.store_relaxed(reply.asker.word());
  row.correlation.store_relaxed(reply.correlation);
  row.deadline_ns.store_relaxed(reply.deadline_ns);
  // relaxed: as above.
  row.keeper.store_relaxed(reply.keeper.word());
  crash_order();
  // crash(reply_written): TAKING(dead): freed by its repairer; the request is not done and comes again.
  crash_point("reply_written");
  // sync(reply): release. All of it.
  row.state.store_release(ReplyState::kKept);
  crash_order();
}

/// False: another request has the row.
bool take_row(Thread& thread, std::uint64_t at, const KeptReply& reply) {
  ReplyRow& row = row_of(thread.segment(), at);
  // sync(reply): acq_rel. After its last holder.
  if (!row.state.cas_acq_rel(ReplyState::kFree, ReplyState::taking(thread.index()))) return false;
  // crash(reply_taken): as reply_written.
  crash_point("reply_taken");
  write(row, reply);
  return true;
}

/// Arms a journal of one entry whose commit word is the row's state.
void arm(Thread& thread, ReplyIndex index, Handle answer, ActorId asker) {
  Journal& journal = thread.record().journal;
  // relaxed: this thread's own words, written before the journal is armed.
  BUSKIN_CHECK(journal.armed.load_relaxed() == 0);
  journal.entries[0].own.store_relaxed(0);
  journal.entries[0].what.store_relaxed(EntryWord{EntryKind::Send, Lane::Replies, answer}.pack());
  journal.entries[0].target.store_relaxed(asker.word());
  // relaxed: as above; the answer is ours.
  journal.entries[0].from.store_relaxed(thread.segment().block(answer).own.load_relaxed());
  journal.value.store_relaxed(ReplyState::kAnswered);
  journal.count.store_relaxed(1);
  journal.published.store_relaxed(0);
  crash_order();
  // relaxed: as above.
  journal.armed.store_relaxed(ArmedWord{CommitKind::Reply, Lane::Replies, static_cast<std::uint32_t>(index)}.pack());
  crash_order();
}

}  // namespace

Result<ReplyIndex, MemoryError> keep_reply(Thread& thread, const KeptReply& reply) {
  Segment& segment = thread.segment();
  Result<ReplyIndex, MemoryError> row = Failure{MemoryError::TableFull};
  visit_places(segment, reply, [&](std::uint64_t at) {
    const bool is_there = segment.is_backed(Table::Replies, at) && is_of(row_of(segment, at), reply);
    if (is_there) row = static_cast<ReplyIndex>(at);
    return is_there;
  });
  if (row.ok()) return row;
  visit_places(segment, reply, [&](std::uint64_t at) {
    if (const auto backed = segment.back(Table::Replies, at); !backed.ok()) {
      row = Failure{backed.error()};
      return true;
    }
    if (!take_row(thread, at, reply)) return false;
    row = static_cast<ReplyIndex>(at);
    return true;
  });
  return row;
}

void answer_kept(Thread& thread, ReplyIndex index, Handle answer) {
  Segment& segment = thread.segment();
  ReplyRow& row = row_of(segment, to_bits(index));
  const ActorId asker = read_kept(segment, index).asker;
  arm(thread, index, answer, asker);
  // crash(reply_armed): not committed: the record is cleared, the answer swept, and the row answered again.
  crash_point("reply_armed");
  // sync(reply): acq_rel. The commit of the answer.
  const bool is_ours = row.state.cas_acq_rel(ReplyState::kKept, ReplyState::kAnswered);
  // crash(reply_answered): rolled forward; a row that is ANSWERED is freed.
  crash_point("reply_answered");
  if (is_ours) {
    JournalEntry& entry = thread.record().journal.entries[0];
    const Destination to{asker, Lane::Replies, Admission::Exempt};
    // relaxed: ours until it is pushed; named for a mailbox that closed, it is still ours.
    const auto own = [&] { return segment.block(answer).own.load_relaxed(); };
    if (!publish_entry(thread, entry, to)) (void)drop_exact(thread, answer, own());
  } else {
    drop(thread, answer);
  }
  crash_order();
  // relaxed: a repairer's word; nothing is owed any more.
  thread.record().journal.armed.store_relaxed(0);
  crash_order();
  // crash(reply_out): the row is ANSWERED: freed by the keeper's repairer.
  crash_point("reply_out");
  // sync(reply): acq_rel. All of it, before the row is another's.
  if (is_ours) (void)row.state.cas_acq_rel(ReplyState::kAnswered, ReplyState::kFree);
}

void forget_kept(Segment& segment, ReplyIndex index) {
  // sync(reply): acq_rel. As above.
  (void)row_of(segment, to_bits(index)).state.cas_acq_rel(ReplyState::kKept, ReplyState::kFree);
}

KeptReply read_kept(const Segment& segment, ReplyIndex index) {
  if (!segment.is_backed(Table::Replies, to_bits(index))) return {};
  const ReplyRow& row = row_of(segment, to_bits(index));
  // sync(reply): acquire. The row's words stand before KEPT.
  if ((row.state.load_acquire() & ReplyState::kMask) < ReplyState::kKept) return {};
  // relaxed: as above.
  return {row.message.load_relaxed(), ActorId::from_word(row.asker.load_relaxed()), row.correlation.load_relaxed(),
          row.deadline_ns.load_relaxed(), ActorId::from_word(row.keeper.load_relaxed())};
}

void for_each_reply(const Segment& segment, const std::function<void(ReplyIndex, std::uint64_t)>& visit) {
  for_each_backed(segment, Table::Replies, [&](std::uint64_t i) {
    // sync(reply): acquire. As above.
    const std::uint64_t state = row_of(segment, i).state.load_acquire();
    if (state != ReplyState::kFree) visit(static_cast<ReplyIndex>(i), state);
  });
}

}  // namespace buskin::shm
