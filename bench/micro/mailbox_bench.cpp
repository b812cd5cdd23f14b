// mailbox_bench: what one message costs on one core, and in bursts, without handlers and types.
//
// Each figure is the time in nanoseconds to allocate, send, poll, complete and free a block of 64 bytes in one
// thread. It does not include what two cores add, between which cache lines travel.
#include <benchmark/benchmark.h>

#include <memory>

#include "shm/actor/actor_close.hpp"
#include "shm/actor/actors.hpp"
#include "shm/actor/turn.hpp"
#include "shm/mailbox/lane_reader.hpp"
#include "shm/mailbox/send.hpp"

namespace {

using namespace buskin::shm;

SegmentOptions small_segment() {
  SegmentOptions options;
  options.counts = {.processes = 4, .threads = 64, .actors = 4'096, .types = 64, .links = 4, .replies = 16,
                    .faults = 4, .ready_bits = 4'096, .units = 4'096};
  return options;
}

class Mailboxes : public benchmark::Fixture {
 public:
  void SetUp(const benchmark::State&) override {
    segment_ = std::make_unique<Segment>(Segment::create_private(small_segment()).value());
    BUSKIN_CHECK(segment_->back(Table::Threads, 1).ok());
    thread_ = std::make_unique<Thread>(*segment_, ProcessIndex{1}, ThreadIndex{1});
    id_ = reserve_actor(*thread_, {}).value();
    unpark(*segment_, id_.index);
    reader_ = std::make_unique<LaneReader>(*segment_, id_.index, Lane::Messages);
  }

  void TearDown(const benchmark::State&) override {
    reader_.reset();
    thread_.reset();
    segment_.reset();
  }

 protected:
  Handle make() {
    const Handle handle = thread_->heap().allocate(64).value();
    // relaxed: the block is ours until it is sent.
    segment_->block(handle).what.store_relaxed(WhatWord{32, TypeIndex::None, 0}.pack());
    return handle;
  }

  std::unique_ptr<Segment> segment_;
  std::unique_ptr<Thread> thread_;
  std::unique_ptr<LaneReader> reader_;
  ActorId id_;
};

BENCHMARK_DEFINE_F(Mailboxes, SendAndReceive)(benchmark::State& state) {
  const auto burst = static_cast<int>(state.range(0));
  for (auto _ : state) {
    for (int i = 0; i < burst; ++i) {
      benchmark::DoNotOptimize(send(*thread_, {id_, Lane::Messages, Admission::Bounded}, make()));
    }
    while (reader_->poll()) reader_->complete(*thread_, reader_->begin(Phase::Running));
  }
  state.SetItemsProcessed(state.iterations() * burst);
}
BENCHMARK_REGISTER_F(Mailboxes, SendAndReceive)->Arg(1)->Arg(16)->Arg(256)->Arg(4'096);

BENCHMARK_DEFINE_F(Mailboxes, AllocateAndFree)(benchmark::State& state) {
  for (auto _ : state) thread_->heap().free(make());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_REGISTER_F(Mailboxes, AllocateAndFree);

/// A turn that consumes one message and publishes one: send, receive, journal, send, receive.
BENCHMARK_DEFINE_F(Mailboxes, TurnWithOneOutput)(benchmark::State& state) {
  const ActorId sink = reserve_actor(*thread_, {}).value();
  unpark(*segment_, sink.index);
  LaneReader from_sink(*segment_, sink.index, Lane::Messages);
  for (auto _ : state) {
    benchmark::DoNotOptimize(send(*thread_, {id_, Lane::Messages, Admission::Bounded}, make()));
    BUSKIN_CHECK(reader_->poll());
    const Hand hand = reader_->begin(Phase::Running);
    const Staged output{EntryKind::Send, Lane::Messages, make(), sink};
    commit_turn(*thread_, *reader_, hand, {&output, 1});
    while (from_sink.poll()) from_sink.complete(*thread_, from_sink.begin(Phase::Running));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_REGISTER_F(Mailboxes, TurnWithOneOutput);

/// The same without a turn around it. The difference is what delivery exactly once costs.
BENCHMARK_DEFINE_F(Mailboxes, HandleAndSendOne)(benchmark::State& state) {
  const ActorId sink = reserve_actor(*thread_, {}).value();
  unpark(*segment_, sink.index);
  LaneReader from_sink(*segment_, sink.index, Lane::Messages);
  for (auto _ : state) {
    benchmark::DoNotOptimize(send(*thread_, {id_, Lane::Messages, Admission::Bounded}, make()));
    BUSKIN_CHECK(reader_->poll());
    const Hand hand = reader_->begin(Phase::Running);
    benchmark::DoNotOptimize(send(*thread_, {sink, Lane::Messages, Admission::Bounded}, make()));
    reader_->complete(*thread_, hand);
    while (from_sink.poll()) from_sink.complete(*thread_, from_sink.begin(Phase::Running));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_REGISTER_F(Mailboxes, HandleAndSendOne);

BENCHMARK_DEFINE_F(Mailboxes, ReserveAndEndAnActor)(benchmark::State& state) {
  for (auto _ : state) {
    const ActorId id = reserve_actor(*thread_, {}).value();
    begin_close(*thread_, id);
    drain(*thread_, id, [](Thread&, Lane, Handle) { return LeftMail::Drop; });
    push_exit_notice(*thread_, id, {}, TypeIndex::None, {});
    release_slot(*thread_, id);
  }
}
BENCHMARK_REGISTER_F(Mailboxes, ReserveAndEndAnActor);

}  // namespace

BENCHMARK_MAIN();
