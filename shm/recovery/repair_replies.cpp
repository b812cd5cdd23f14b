// repair_replies: gives the answers that dead actors owe, and frees the rows that no actor needs.
#include "shm/recovery/repair_replies.hpp"

#include "shm/base/crash_point.hpp"
#include "shm/actor/replies.hpp"

namespace buskin::shm {

namespace {

void free_row(Segment& segment, ReplyIndex index, std::uint64_t from) {
  // sync(reply): acq_rel. What its dead holder did.
  (void)segment.row<ReplyRow>(Table::Replies, to_bits(index)).state.cas_acq_rel(from, ReplyState::kFree);
}

bool is_of_dead_record(const Repair& repair, std::uint64_t thread) {
  if (thread == 0 || !repair.segment().is_backed(Table::Threads, thread)) return false;
  if (!repair.covers(static_cast<ThreadIndex>(thread))) return false;
  // sync(record): acquire. Which process has it.
  return repair.segment().thread(static_cast<ThreadIndex>(thread)).process.load_acquire() == repair.dead.word();
}

void answer_for_the_dead(Repair& repair, ReplyIndex index, const KeptReply& reply) {
  Segment& segment = repair.segment();
  const bool is_wanted = is_open(segment, reply.asker) && repair.options.answer != nullptr;
  const Handle answer = is_wanted ? repair.options.answer(repair.own, reply) : Handle::None;
  if (answer == Handle::None) return forget_kept(segment, index);
  answer_kept(repair.own, index, answer);
  ++repair.out.counts.answered;
}

void repair_reply(Repair& repair, ReplyIndex index, std::uint64_t state) {
  Segment& segment = repair.segment();
  if ((state & ReplyState::kMask) == ReplyState::kTaking) {
    if (is_of_dead_record(repair, ReplyState::thread_of(state))) free_row(segment, index, state);
    return;
  }
  const KeptReply reply = read_kept(segment, index);
  const LifeWord life = life_of(segment, reply.keeper);
  const bool is_gone = life.state == LifeState::Free;
  const bool is_dead = life.host == repair.dead.index && life.state > LifeState::Init && repair.covers(reply.keeper);
  if (!is_gone && !is_dead) return;
  if (state == ReplyState::kAnswered) return free_row(segment, index, state);
  // sync(done): acquire. A request that is not done comes again, and finds its row.
  if (!is_gone && reply.message > segment.mailbox(reply.keeper.index).lanes[2].done.load_acquire()) return;
  answer_for_the_dead(repair, index, reply);
  // crash(reply_settled): answered, or forgotten; the successor finds the others.
  crash_point("reply_settled");
}

}  // namespace

void repair_replies(Repair& repair) {
  for_each_reply(repair.segment(),
                 [&](ReplyIndex index, std::uint64_t state) { repair_reply(repair, index, state); });
}

}  // namespace buskin::shm
