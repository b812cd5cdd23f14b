// Scenarios of memory: spans, runs, multicast, blocks of another thread.
#pragma once

#include "shm/memory/parked_heap.hpp"
#include "shm/memory/units.hpp"
#include "tests/crash/scenarios_turn.hpp"

namespace buskin::test {

/// One payload to each of the actors.
inline void post_shared(Thread& thread, Value value, std::span<const ActorId> to) {
  std::array<Handle, 40> envelopes{};
  const Handle payload = World::make(thread, value);
  (void)need(share(thread, payload, std::span(envelopes).first(to.size())));
  for (std::size_t i = 0; i < to.size(); ++i) {
    const SendStatus status = send(thread, {to[i], Lane::Messages, Admission::Exempt}, envelopes[i]);
    BUSKIN_CHECK(status == SendStatus::Accepted);
  }
}

inline Scenario multicast(std::string name, std::size_t receivers) {
  Scenario scenario{.name = std::move(name), .act = [receivers](World& w, Thread& t) {
                      std::vector<ActorId> to(receivers, w.y);
                      for (std::size_t i = 0; i < receivers; i += 2) to[i] = w.x;
                      post_shared(t, 1, to);
                      w.serve(t, 2);
                    }};
  scenario.expect = [](World&) {};
  scenario.is_many = true;
  return scenario;
}

inline constexpr ThreadIndex kSecond{5};

/// Another record of the same process, with a heap of its own.
inline Thread* second_thread(World& world, const Thread& thread) {
  ThreadRecord& record = world.segment().thread(kSecond);
  record.process.store_relaxed(thread.record().process.load_relaxed());
  return new Thread(world.segment(), thread.process(), kSecond);  // As long as its process.
}

/// A sender's other thread made the block; killed after the commit it must not be swept as held.
inline Scenario turn_of_two_threads() {
  Scenario scenario{.name = "TurnSendsABlockOfAnotherThread",
                    .act = [](World& w, Thread& t) { w.serve(t, 1); },
                    .prepare = [](World& w) { post_to_x(w, 1); }};
  scenario.warm_up = [](World& w, Thread& t) {
    w.book().extra.store_relaxed(to_bits(World::make(*second_thread(w, t), 100)));
  };
  scenario.handle = [](World& w, Thread& t, LaneReader& r, const Hand& h) {
    w.note_handled(h);
    auto block = static_cast<Handle>(w.book().extra.load_relaxed());
    if (t.process() == kSurvivor) block = World::make(t, 100);
    const std::array<Staged, 1> staged{{{EntryKind::Send, Lane::Messages, block, w.y}}};
    commit_turn(t, r, h, staged);
  };
  scenario.exactly_once = {100};
  return scenario;
}

inline Scenario last_reference_dropped() {
  Scenario scenario{.name = "LastReferenceIsDropped", .act = [](World& w, Thread& t) {
                      const std::array<ActorId, 2> twice{w.x, w.x};
                      post_shared(t, 1, twice);
                      w.serve(t, 2);
                    }};
  scenario.is_many = true;
  return scenario;
}

/// A thread that has left has its span in use: the victim takes it over.
inline Scenario orphan_adopted() {
  Scenario scenario{.name = "OrphanIsAdopted", .act = [](World& w, Thread& t) { w.post(t, w.y, 1, 3'000); }};
  scenario.prepare = [](World& w) {
    const std::unique_ptr<Thread> other(second_thread(w, w.own()));
    w.post(*other, w.y, 2, 3'000);
    w.segment().thread(other->index()).process.store_relaxed(0);
  };
  return scenario;
}

/// Another thread sleeps, and owns two spans: one is empty, and one has a block in use. Afterwards it wakes and leaves.
inline Scenario parked_heap_searched() {
  constexpr std::uint64_t kBytes = 16'384;
  Scenario scenario{.name = "ParkedHeapIsSearched", .act = [](World&, Thread& t) {
                      (void)take_parked_spans(t.segment(), t.index(), 2);
                      (void)World::make(t, 1, kBytes);
                    }};
  scenario.prepare = [](World& w) {
    Thread& parked = *second_thread(w, w.own());
    w.book().extra.store_relaxed(to_bits(World::make(parked, 2)));
    parked.heap().free(World::make(parked, 3, kBytes));
    parked.heap().park();
  };
  scenario.after = [](World& w) {
    ThreadRecord& record = w.segment().thread(kSecond);
    const auto used = static_cast<Handle>(w.book().extra.load_relaxed());
    (void)unpark_heap(record);
    EXPECT_TRUE(stamp_span(w.segment(), kSecond, head_of(w.segment(), used)).has_value());
    for (std::uint64_t unit = 0; unit < w.segment().layout().count_of(Table::Units); ++unit) {
      if (!w.segment().is_backed(Table::Units, unit)) continue;
      auto word = stamp_span(w.segment(), kSecond, static_cast<UnitIndex>(unit));
      if (!word.has_value()) continue;
      word->state = UnitState::Orphan;
      word->owner = 0;
      w.segment().unit(static_cast<UnitIndex>(unit)).word.store_release(word->pack());
    }
    drop(w.own(), used);
    record.process.store_relaxed(0);
  };
  return scenario;
}

/// A block of the reserve, sent to y.
inline void post_reserved(World& world, Thread& thread, Value value, Purpose purpose) {
  const Handle block = take_reserved(thread.segment(), thread.index(), 64, purpose);
  World::fill(thread, block, value);
  world.post_block(thread, world.y, value, block);
}

inline Scenario reserve_taken() {
  Scenario scenario{.name = "ReserveIsTaken", .act = [](World& w, Thread& t) {
                      const Handle first = take_reserved(t.segment(), t.index(), 64, Purpose::Ordinary);
                      post_reserved(w, t, 1, Purpose::Ordinary);
                      post_reserved(w, t, 2, Purpose::Supervision);
                      t.heap().free(first);
                      (void)take_reserved(t.segment(), t.index(), 1'000, Purpose::Ordinary);
                    }};
  scenario.reserve_units = kReserveGroup;
  return scenario;
}

inline std::vector<Scenario> memory_scenarios() {
  std::vector<Scenario> list;
  list.push_back(reserve_taken());
  list.push_back(last_reference_dropped());
  list.push_back(orphan_adopted());
  list.push_back(parked_heap_searched());
  list.push_back({.name = "SpansOfThreeClasses", .act = [](World&, Thread& t) {
                    for (const std::uint64_t bytes : {std::uint64_t{64}, std::uint64_t{5'000}, std::uint64_t{20'000}}) {
                      const Handle first = World::make(t, 1, bytes);
                      (void)World::make(t, 2, bytes);
                      t.heap().free(first);
                    }
                  }});
  list.push_back({.name = "RunIsMadeSentAndAnotherFreed", .act = [](World& w, Thread& t) {
                    const Handle freed = World::make(t, 9, 300'000);
                    w.post(t, w.y, 1, 300'000);
                    t.heap().free(freed);
                    w.post(t, w.y, 2, 400'000);
                  }});
  list.push_back({.name = "RunsAreReceived",
                  .act = [](World& w, Thread& t) { w.serve(t, 2); },
                  .prepare =
                      [](World& w) {
                        w.post(w.own(), w.x, 1, 300'000);
                        w.post(w.own(), w.x, 2, 300'000);
                      }});
  list.push_back({.name = "KeptFromAForeignSpan",
                  .act = [](World& w, Thread& t) { w.serve(t, 2); },
                  .prepare = [](World& w) { post_to_x(w, 2); },
                  .handle =
                      [](World& w, Thread& t, LaneReader& r, const Hand& h) {
                        w.note_handled(h);
                        if (t.process() == kVictim) return r.complete_kept(t, h);
                        r.complete(t, h);
                      }});
  list.push_back(multicast("MulticastToFour", 4));
  list.push_back(multicast("MulticastToThirty", 30));
  list.push_back(turn_of_two_threads());
  return list;
}

}  // namespace buskin::test
