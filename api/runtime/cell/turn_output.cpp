// TurnOutput: the rare half. The usual commit is in the header.
#include "api/runtime/cell/turn_output.hpp"

#include <algorithm>
#include <utility>

#include "shm/base/check.hpp"

namespace buskin::runtime {

namespace {

/// Keeps the memory of both: a turn uses it again.
template <class T>
void move_to_end(std::vector<T>& all, std::vector<T>& later) {
  if (later.empty()) return;
  all.insert(all.end(), later.begin(), later.end());
  later.clear();
}

}  // namespace

void TurnOutput::save(shm::Thread& thread, shm::Handle state) {
  if (state_ != shm::Handle::None) shm::drop(thread, state_);
  state_ = state;
}

void TurnOutput::commit(shm::Thread& thread, shm::LaneReader& reader) {
  shm::commit_hook(thread, reader, entries_, std::exchange(state_, shm::Handle::None));
  thread.count(shm::Counter::Staged, entries_.size());
  entries_.clear();
  if (!thread.undelivered.empty()) return_undelivered(thread);
}

void TurnOutput::end_rows(shm::Segment& segment) {
  BUSKIN_CHECK(!needs_commit());
  for (const shm::ReplyIndex row : rows_) shm::forget_kept(segment, row);
  rows_.clear();
}

std::vector<shm::ActorId> TurnOutput::take_children() { return std::exchange(children_, {}); }

std::vector<shm::Staged> TurnOutput::take_entries() { return std::exchange(entries_, {}); }

void TurnOutput::append(shm::Thread& thread, TurnOutput& later) {
  BUSKIN_CHECK(this != &later);
  move_to_end(entries_, later.entries_);
  move_to_end(rows_, later.rows_);
  move_to_end(children_, later.children_);
  if (later.state_ != shm::Handle::None) save(thread, std::exchange(later.state_, shm::Handle::None));
}

std::vector<shm::ActorId> TurnOutput::drop(shm::Thread& thread) {
  for (const shm::Staged& entry : entries_) shm::drop_staged(thread, entry);
  entries_.clear();
  rows_.clear();
  save(thread, shm::Handle::None);
  return take_children();
}

void TurnOutput::withdraw(shm::Thread& thread, std::size_t entry) {
  BUSKIN_CHECK(entry < entries_.size());
  shm::drop_staged(thread, entries_[entry]);
  entries_[entry].block = shm::Handle::None;
  entries_[entry].bytes_taken = 0;
}

void TurnOutput::withdraw_given(shm::Thread& thread, std::size_t entry) {
  BUSKIN_CHECK(entry < entries_.size());
  entries_[entry].block = shm::Handle::None;
  withdraw(thread, entry);
}

void TurnOutput::withdraw_share(shm::Thread& thread, shm::Handle input) {
  const auto share = std::find_if(entries_.begin(), entries_.end(), [&](const shm::Staged& entry) {
    return entry.kind == shm::EntryKind::Share && entry.block == input;
  });
  if (share == entries_.end()) return;
  const auto end = share + 1 + static_cast<std::ptrdiff_t>(share->target.word());
  BUSKIN_CHECK(end <= entries_.end());
  for (auto carrier = share + 1; carrier != end; ++carrier) shm::drop_staged(thread, *carrier);
  entries_.erase(share, end);
}

void TurnOutput::forget_withdrawn() {
  std::erase_if(entries_, [](const shm::Staged& entry) { return entry.block == shm::Handle::None; });
}

}  // namespace buskin::runtime
