// SegmentFixture: a small private segment with thread records, for tests of one process.
//
// When a test ends, every block must be FREE again: end_actors() closes the actors that are left, and the
// test frees its own blocks.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "shm/base/clock.hpp"
#include "shm/actor/actor_close.hpp"
#include "shm/actor/actors.hpp"
#include "shm/memory/multicast.hpp"
#include "shm/memory/payload.hpp"
#include "shm/segment/size_class.hpp"
#include "shm/actor/turn.hpp"
#include "tests/support/tables.hpp"

namespace buskin::test {

using namespace buskin::shm;

inline SegmentOptions small_segment(const TableCounts& counts = kSmallTables) {
  SegmentOptions options;
  options.counts = counts;
  options.name = "test";
  return options;
}

inline UnitIndex unit_at(std::uint64_t unit) { return static_cast<UnitIndex>(unit); }

/// All the memory that there is.
inline std::vector<Handle> use_up_memory(Thread& thread) {
  std::vector<Handle> all;
  for (std::size_t i = kClassCount; i-- > 0;) {
    // Ends: with the memory of the segment.
    for (auto made = thread.heap().allocate(kClassBytes[i]); made.ok(); made = thread.heap().allocate(kClassBytes[i])) {
      all.push_back(made.value());
    }
  }
  return all;
}

/// Blocks of the segment that are not FREE.
inline std::uint64_t blocks_in_use(const Segment& segment) {
  const auto word_of = [&](std::uint64_t unit) {
    return UnitWord::unpack(segment.unit(static_cast<UnitIndex>(unit)).word.load_acquire());
  };
  const std::uint64_t count = segment.layout().count_of(Table::Units);
  std::uint64_t used = 0;
  for (std::uint64_t unit = 0; unit < count; ++unit) {
    if (!segment.is_backed(Table::Units, unit)) continue;
    const UnitState state = word_of(unit).state;
    if (state != UnitState::Span && state != UnitState::Orphan && state != UnitState::Run) continue;
    std::uint64_t units = 1;
    while (unit + units < count && segment.is_backed(Table::Units, unit + units) &&
           word_of(unit + units).state == UnitState::Continued && word_of(unit + units).owner == unit) {
      ++units;
    }
    const std::byte* data = segment.unit_data(static_cast<UnitIndex>(unit));
    const std::uint64_t bytes = state == UnitState::Run ? units * kPieceBytes
                                                        : block_bytes(segment, segment.handle_of(data));
    for (std::uint64_t at = 0; at + bytes <= units * kPieceBytes; at += bytes) {
      const auto& block = segment.block(segment.handle_of(data + at));
      if (OwnerWord::unpack(block.own.load_acquire()).state != BlockState::Free) ++used;
    }
  }
  return used;
}

class SegmentFixture : public ::testing::Test {
 protected:
  static constexpr ProcessIndex kProcess{1};

  explicit SegmentFixture(const TableCounts& counts = kSmallTables)
      : SegmentFixture(Segment::create_private(small_segment(counts)).value()) {}
  explicit SegmentFixture(Segment segment) : segment_(std::move(segment)) {}

  void SetUp() override { thread_ = &add_thread(); }

  void TearDown() override {
    end_actors();
    drop_undelivered();
    EXPECT_EQ(blocks_in_use(segment_), 0u) << "a block was leaked";
  }

  void drop_undelivered() {
    for (const auto& thread : threads_) {
      for (const Undelivered& lost : std::exchange(thread->undelivered, {})) drop(*thread, lost.block);
    }
  }

  /// Adds a thread record to this process. No other thread may run meanwhile.
  Thread& add_thread() {
    const auto index = static_cast<ThreadIndex>(threads_.size() + 1);
    EXPECT_TRUE(segment_.back(Table::Threads, to_bits(index)).ok());
    segment_.thread(index).process.store_relaxed(to_bits(kProcess));
    threads_.push_back(std::make_unique<Thread>(segment_, kProcess, index));
    return *threads_.back();
  }

  ActorId add_actor(std::uint32_t capacity = 1'024) {
    SlotSpec spec;
    spec.mailbox.capacity = capacity;
    return reserve_actor(*thread_, spec).value();
  }

  /// An actor that runs in this process, which lives.
  ActorId add_active_actor(std::uint32_t capacity = 1'024) {
    segment_.process(kProcess).word.store_release(ProcessWord{0, ProcessState::Alive}.pack());
    const ActorId id = add_actor(capacity);
    EXPECT_TRUE(change_life(segment_, id, LifeState::Reserved, LifeState::Active, kProcess));
    return id;
  }

  /// Closes the actor, drains its mailbox and frees its slot. Nobody gets an exit notice.
  void end_actor(ActorId id) {
    begin_close(*thread_, id);
    drain(*thread_, id, [](Thread&, Lane, Handle) { return LeftMail::Drop; });
    push_exit_notice(*thread_, id, {}, TypeIndex::None, {});
    release_slot(*thread_, id);
  }

  void end_actors() {
    std::vector<ActorId> ids;
    for_each_actor(segment_, [&](ActorId id, LifeWord life) {
      if (accepts(life.state)) ids.push_back(id);
    });
    for (const ActorId id : ids) end_actor(id);
  }

  /// A HELD block that carries `value`.
  static Handle make(Thread& thread, std::uint64_t value) {
    const auto block = thread.heap().allocate(64);
    if (!block.ok()) return Handle::None;
    BlockHeader& header = thread.segment().block(block.value());
    header.what.store_relaxed(WhatWord{8, {}, 0}.pack());
    header.sender.store_relaxed(0);
    *reinterpret_cast<std::uint64_t*>(&header + 1) = value;
    return block.value();
  }

  std::uint64_t value_of(Handle handle) const {
    return *reinterpret_cast<const std::uint64_t*>(&segment_.block(handle) + 1);
  }

  OwnerWord own_of(Handle handle) const { return OwnerWord::unpack(segment_.block(handle).own.load_acquire()); }

  SendStatus send_value(ActorId to, std::uint64_t value, Lane lane = Lane::Messages) {
    const Handle handle = make(*thread_, value);
    const SendStatus status = send(*thread_, {to, lane, Admission::Bounded}, handle);
    if (status != SendStatus::Accepted) thread_->heap().free(handle);
    return status;
  }

  /// Handles all messages that `reader` finds. Returns their values in order.
  std::vector<std::uint64_t> take_all(LaneReader& reader) {
    std::vector<std::uint64_t> values;
    while (reader.poll()) {
      const Hand hand = reader.begin(Phase::Running);
      values.push_back(value_of(hand.handle));
      reader.complete(*thread_, hand);
    }
    return values;
  }

  std::vector<std::uint64_t> take_all(ActorId id, Lane lane = Lane::Messages) {
    LaneReader reader(segment_, id.index, lane);
    return take_all(reader);
  }

  std::uint64_t counted(const Thread& thread, Counter counter) const {
    return thread.record().counters[static_cast<std::size_t>(counter)].load_relaxed();
  }

  Segment segment_;
  std::vector<std::unique_ptr<Thread>> threads_;
  Thread* thread_ = nullptr;
};

}  // namespace buskin::test
