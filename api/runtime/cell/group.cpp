// Group: gathers messages and what they make, and commits them.
#include "api/runtime/cell/group.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "shm/base/check.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

namespace {

/// What a group holds back at most, besides what its last message sends: its journal is one block of 128 KiB.
constexpr std::size_t kSendsMax = 4'096;

}  // namespace

void Group::begin(std::uint64_t first_id, std::uint64_t end_ns) {
  BUSKIN_CHECK(!is_open() && output_.is_empty());
  first_id_ = first_id;
  end_ns_ = end_ns;
}

void Group::add(shm::Thread& thread, const shm::Hand& hand, shm::Counter fate, TurnOutput& output) {
  BUSKIN_CHECK(!is_open() || hand.seq == last_.seq + 1);
  output_.append(thread, output);
  messages_.push_back(hand.handle);
  if (fate != shm::Counter::Handled) fates_.push_back(fate);
  last_ = hand;
}

void Group::add_saved(shm::Thread& thread, TurnOutput& output) {
  BUSKIN_CHECK(is_open());
  output_.append(thread, output);
}

void Group::note_staged(const shm::Segment& segment, const shm::Staged& staged, shm::Admission admission,
                        const TurnOutput& beside) {
  if (admission != shm::Admission::Bounded) return;
  const std::uint64_t taken = shm::pending_count(segment, staged.target.index, staged.lane) +
                              output_.entries().size() + beside.entries().size();
  // Bytes that the group has taken do not come free before it commits: the next turn must not wait for them.
  if (taken >= shm::capacity_of(segment, staged.target) || staged.bytes_taken != 0) close();
}

bool Group::is_full(const shm::Segment& segment, shm::ActorId actor, std::uint32_t messages_max) const {
  if (is_closed_ || messages_.size() >= messages_max || output_.entries().size() >= kSendsMax) return true;
  // Its messages fill the actor's mailbox until they are complete.
  return messages_.size() >= std::max(shm::capacity_of(segment, actor) / 2, 1u);
}

void Group::commit(shm::Thread& thread, shm::LaneReader& reader) {
  BUSKIN_CHECK(is_open());
  const std::span<const shm::Handle> messages = messages_;
  thread.set_counting(messages.size());
  output_.commit(thread, reader, last_, messages.first(messages.size() - 1));
  thread.count(shm::Counter::Handled, messages.size() - fates_.size());
  for (const shm::Counter fate : fates_) thread.count(fate);
  thread.set_counting(0);
  output_.end_rows(thread.segment());
  messages_.clear();
  fates_.clear();
  is_closed_ = false;
}

Group::Forgotten Group::forget(shm::Thread& thread) {
  BUSKIN_CHECK(is_open());
  messages_.clear();
  fates_.clear();
  is_closed_ = false;
  std::vector<shm::ReplyIndex> rows = output_.take_rows();
  return {first_id_, std::move(rows), output_.drop(thread)};
}

}  // namespace buskin::runtime
