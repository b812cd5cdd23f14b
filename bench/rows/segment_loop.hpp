// SegmentLoop: a RecordLoop over a private segment.
//
// Two sources include it: record_loop_full.cpp, and record_loop_bare.cpp, where the name `buskin` means another build.
#pragma once

#include <memory>

#include "bench/rows/record_loop.hpp"
#include "shm/actor/actors.hpp"
#include "shm/actor/turn.hpp"
#include "shm/mailbox/lane_reader.hpp"
#include "shm/mailbox/send.hpp"

namespace buskin::records {

using namespace buskin::shm;

class SegmentLoop final : public bench::RecordLoop {
 public:
  SegmentLoop() : segment_(Segment::create_private(options()).value()) {
    BUSKIN_CHECK(segment_.back(Table::Threads, 1).ok());
    thread_ = std::make_unique<Thread>(segment_, ProcessIndex{1}, ThreadIndex{1});
    first_ = open();
    second_ = open();
    from_first_ = std::make_unique<LaneReader>(segment_, first_.index, Lane::Messages);
    from_second_ = std::make_unique<LaneReader>(segment_, second_.index, Lane::Messages);
  }

  void messages(std::uint64_t count) override {
    for (; count > 0; --count) {
      put(first_, make());
      while (from_first_->poll()) from_first_->complete(*thread_, from_first_->begin(Phase::Running));
    }
  }

  void turns(std::uint64_t count, bool is_atomic) override {
    for (; count > 0; --count) {
      put(first_, make());
      BUSKIN_CHECK(from_first_->poll());
      const Hand hand = from_first_->begin(Phase::Running);
      const Staged output{EntryKind::Send, Lane::Messages, make(), second_};
      if (is_atomic) {
        commit_turn(*thread_, *from_first_, hand, {&output, 1});
      } else {
        put(second_, output.block);
        from_first_->complete(*thread_, hand);
      }
      while (from_second_->poll()) from_second_->complete(*thread_, from_second_->begin(Phase::Running));
    }
  }

  bool has_records() const override {
    const LaneRecord& lane = segment_.mailbox(first_.index).lanes[static_cast<std::size_t>(Lane::Messages)];
    // relaxed: this thread wrote them.
    return thread_->record().op_handle.load_relaxed() != 0 && thread_->record().op_own.load_relaxed() != 0 &&
           lane.hand_meta.load_relaxed() != 0 && lane.hand_handle.load_relaxed() != 0 &&
           lane.hand_own.load_relaxed() != 0;
  }

 private:
  static SegmentOptions options() {
    SegmentOptions options;
    options.counts = {.processes = 4, .threads = 64, .actors = 64, .types = 64, .links = 4, .replies = 16,
                      .faults = 4, .ready_bits = 4'096, .units = 1'024};
    return options;
  }
  ActorId open() {
    const ActorId id = reserve_actor(*thread_, {}).value();
    unpark(segment_, id.index);
    return id;
  }
  Handle make() {
    const Handle handle = thread_->heap().allocate(64).value();
    // relaxed: the block is ours until it is sent.
    segment_.block(handle).what.store_relaxed(WhatWord{32, TypeIndex::None, 0}.pack());
    return handle;
  }
  void put(ActorId to, Handle block) {
    BUSKIN_CHECK(send(*thread_, {to, Lane::Messages, Admission::Bounded}, block) == SendStatus::Accepted);
  }

  Segment segment_;
  std::unique_ptr<Thread> thread_;
  ActorId first_, second_;
  std::unique_ptr<LaneReader> from_first_, from_second_;
};

}  // namespace buskin::records
