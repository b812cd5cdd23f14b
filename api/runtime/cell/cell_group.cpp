// Cell: groups: several messages that are one turn.
//
// Each is begun, handled, and stays in the chain; what it sends and saves stays
// here. The group is committed when it is large or old enough, and before anything
// else happens: another lane's message, a wait, the actor's end.
//
// What goes wrong goes alone: a message whose handler throws, or whose sends find no
// room, is parted from the group before it. What was begun before a crash is handled
// alone as well, so that a message that kills is charged alone.
//
// An actor with on_save is asked for its state once per group, and only after a
// message that succeeded: what a handler left half done must not be saved. So when one
// throws, the group is undone, and a new instance handles its messages alone. One that
// throws alone is charged, and has a new instance as well.
#include <algorithm>

#include "api/runtime/cell/cell.hpp"
#include "api/runtime/node/node.hpp"
#include "api/runtime/endpoint/dead_letters.hpp"
#include "shm/base/clock.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

namespace {

/// What a group holds back at most, but for what one message sends: its journal is one block of 128 KiB.
constexpr std::size_t kGroupSendsMax = 4'096;

}  // namespace

bool Cell::joins_group(const shm::LaneReader& reader, const shm::Hand& hand) const {
  return info_->group.messages > 1 && reader.lane() == shm::Lane::Messages && !hand.redelivered &&
         hand.attempts == 0;
}

/// Instead of completing the message in hand.
void Cell::gather(const shm::Hand& hand) {
  ActiveState& active = *active_;
  if (active.group == nullptr) active.group = std::make_unique<Gathered>();
  Gathered& group = *active.group;
  if (group.inputs.empty()) {
    group.end_ns = shm::now_ns() + static_cast<std::uint64_t>(info_->group.within.count());
    group.first_request = active.first_request;
  }
  if (active.owed.correlation != 0) keep_owed(hand);
  // The block is still in the chain: what is kept of it is a copy.
  if (active.kept != nullptr) std::exchange(active.kept, nullptr)->detach();
  if (active.saved != shm::Handle::None) {
    if (group.saved != shm::Handle::None) shm::drop(*thread_, group.saved);
    group.saved = std::exchange(active.saved, shm::Handle::None);
  }
  group.inputs.push_back(hand.handle);
  if (active.fate != shm::Counter::Handled) group.fates.push_back(active.fate);
  group.last = hand;
  group.staged = active.staged.size();
  group.answered = active.answered.size();
  active.passed_on = {};
  active.is_staging = false;
  active.is_repeated = false;
  gather_made();
  if (is_group_over()) commit_group();
}

bool Cell::is_group_over() const {
  const Gathered& group = *active_->group;
  const std::size_t count = group.inputs.size();
  if (wants_end_ || group.is_full || count >= info_->group.messages || group.staged >= kGroupSendsMax) return true;
  // Its messages fill the mailbox until they are complete.
  if (count >= std::max(shm::capacity_of(node_->segment(), id_) / 2, 1u)) return true;
  // In sequential no time passes while somebody can run.
  return !node_->is_sequential() && shm::now_ns() >= group.end_ns;
}

/// False when there is nothing to commit.
bool Cell::commit_group() {
  if (!is_gathering()) return false;
  ActiveState& active = *active_;
  Gathered& group = *active.group;
  if (info_->on_save != nullptr) {
    active.is_staging = true;
    save_state();
    active.is_staging = false;
    group.staged = active.staged.size();
    if (active.saved != shm::Handle::None) {
      if (group.saved != shm::Handle::None) shm::drop(*thread_, group.saved);
      group.saved = std::exchange(active.saved, shm::Handle::None);
    }
  }
  if (!shm::reserve_journal(*thread_, group.staged + 1).ok()) {
    detail::unwrap_failed(Error(Code::NoMemory, "there is no memory to commit a group"));
  }
  const std::span<const shm::Handle> inputs = group.inputs;
  thread_->set_counting(inputs.size());
  shm::commit_turn(*thread_, active.lane(shm::Lane::Messages), group.last, std::span(active.staged).first(group.staged),
                   std::exchange(group.saved, shm::Handle::None), inputs.first(inputs.size() - 1));
  thread_->count(shm::Counter::Handled, inputs.size() - group.fates.size());
  for (const shm::Counter fate : std::exchange(group.fates, {})) thread_->count(fate);
  thread_->count(shm::Counter::Staged, group.staged);
  if (!thread_->undelivered.empty()) [[unlikely]] return_undelivered(*thread_);
  thread_->set_counting(0);
  const auto answered = active.answered.begin() + static_cast<std::ptrdiff_t>(group.answered);
  for (auto row = active.answered.begin(); row != answered; ++row) shm::forget_kept(node_->segment(), *row);
  active.answered.erase(active.answered.begin(), answered);
  active.staged.erase(active.staged.begin(), active.staged.begin() + static_cast<std::ptrdiff_t>(group.staged));
  for (Waiting& waiting : active.waiting) waiting.entry -= group.staged;
  group.inputs.clear();
  group.staged = group.answered = 0;
  settle_gathered();
  group.is_full = false;
  return true;
}

/// The instance is gone: its messages are handled again, and undo() drops what they sent.
void Cell::forget_group() {
  if (active_ == nullptr || !is_gathering()) return;
  Gathered& group = *active_->group;
  if (group.saved != shm::Handle::None) shm::drop(*thread_, std::exchange(group.saved, shm::Handle::None));
  group.inputs.clear();
  group.staged = group.answered = group.requested = 0;
  active_->first_request = std::min(active_->first_request, group.first_request);  // Undone from there on.
  group.fates.clear();
}

void Cell::save_state() {
  if (info_->on_save != nullptr && actor_ != nullptr) info_->on_save(actor_, context_);
}

/// A handler threw, and undo() was called. Nothing of the group has happened.
void Cell::roll_back_group() {
  forget_group();
  undo();
  active_->lane(shm::Lane::Messages) = shm::LaneReader(node_->segment(), id_.index, shm::Lane::Messages);
  ActorSpec spec;
  if (!read_spec(node_->segment(), id_, spec)) return end_with(Code::StartFailed, "its spec is gone");
  (void)begin_instance(spec);
}

/// The message in hand becomes a turn of its own, behind the group.
void Cell::leave_group(shm::LaneReader& reader, shm::Hand& hand) {
  if (commit_group()) hand = reader.return_to(hand.handle);
}

/// Staged sends take no room yet: a group ends when a receiver has no more than they need.
void Cell::note_room(const Outgoing& outgoing) {
  if (active_->group == nullptr || outgoing.to.admission == shm::Admission::Exempt) return;
  const shm::Segment& segment = node_->segment();
  const std::uint64_t taken = shm::pending_count(segment, outgoing.to.id.index, outgoing.to.lane) + active_->staged.size();
  if (taken >= shm::capacity_of(segment, outgoing.to.id)) active_->group->is_full = true;
}

}  // namespace buskin::runtime
