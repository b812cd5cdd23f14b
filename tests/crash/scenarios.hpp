// Scenarios: what the victim does while it dies. Each is short; its states are all tried.
#pragma once

#include "tests/crash/scenarios_bytes.hpp"
#include "tests/crash/scenarios_carrier.hpp"
#include "tests/crash/scenarios_end.hpp"
#include "tests/crash/scenarios_group.hpp"
#include "tests/crash/scenarios_journal.hpp"
#include "tests/crash/scenarios_life.hpp"
#include "tests/crash/scenarios_log.hpp"
#include "tests/crash/scenarios_memory.hpp"
#include "tests/crash/scenarios_names.hpp"
#include "tests/crash/scenarios_turn.hpp"

namespace buskin::test {

/// y's host, alive, stands between `done` and the drop of the message while its sender is repaired.
inline Scenario receiver_is_just_done() {
  Scenario scenario{.name = "SendAndTheReceiverIsJustDone", .act = [](World& w, Thread& t) { w.post(t, w.y, 1); }};
  scenario.between = [](World& w) {
    w.book().extra.store_relaxed(0);
    LaneReader reader(w.segment(), w.y.index, Lane::Messages);
    if (!reader.poll()) return;
    const Hand hand = reader.begin(Phase::Running);
    w.note_handled(hand);
    reader.store_done(hand);
    w.book().extra.store_relaxed(hand.own);
  };
  scenario.after = [](World& w) {
    const std::uint64_t own = w.book().extra.load_relaxed();
    if (own == 0) return;
    const auto block = static_cast<Handle>(w.segment().mailbox(w.y.index).lanes[2].hand_handle.load_relaxed());
    EXPECT_EQ(w.segment().block(block).own.load_relaxed(), own) << "the block in hand was freed under its handler";
    drop(w.own(), block);
  };
  return scenario;
}

inline std::vector<Scenario> sending_scenarios() {
  std::vector<Scenario> list;
  list.push_back({.name = "SendToAnEmptyMailbox", .act = [](World& w, Thread& t) { w.post(t, w.y, 1); }});
  list.push_back({.name = "SendThreeBehindTwo",
                  .act =
                      [](World& w, Thread& t) {
                        for (Value v = 1; v <= 3; ++v) w.post(t, w.y, v);
                      },
                  .prepare =
                      [](World& w) {
                        for (Value v = 8; v <= 9; ++v) w.post(w.own(), w.y, v);
                      }});
  list.push_back({.name = "SendToAFullMailbox",
                  .act =
                      [](World& w, Thread& t) {
                        for (Value v = 1; v <= 2; ++v) w.post(t, w.y, v);
                      },
                  .capacity_of_y = 1});
  list.push_back({.name = "SendToAClosedMailbox",
                  .act = [](World& w, Thread& t) { w.post(t, w.y, 1); },
                  .prepare = [](World& w) { w.close(w.y); }});
  list.push_back({.name = "SendToARecycledMailbox",
                  .act =
                      [](World& w, Thread& t) {
                        w.post(t, w.y, 1);
                        w.post(t, w.letters, 2);
                      },
                  .prepare =
                      [](World& w) {
                        w.close(w.y);
                        // Slots are taken in turn: one of these has y's.
                        for (int i = 0; i < 14; ++i) (void)reserve_actor(w.own(), {});
                      }});
  list.push_back({.name = "SendToYAndTheReceiverIsFaster",
                  .act =
                      [](World& w, Thread& t) {
                        for (Value v = 1; v <= 2; ++v) w.post(t, w.y, v);
                      },
                  .between = [](World& w) { w.run_successor(); }});
  list.push_back({.name = "SendAndAnotherIsFaster",
                  .act = [](World& w, Thread& t) { w.post(t, w.y, 1); },
                  .between = [](World& w) { w.post(w.own(), w.y, 9); }});
  list.push_back(receiver_is_just_done());
  return list;
}

inline std::vector<Scenario> receiving_scenarios() {
  std::vector<Scenario> list;
  list.push_back({.name = "ReceiveAtLeastOnce",
                  .act = [](World& w, Thread& t) { w.serve(t, 3); },
                  .prepare = [](World& w) { post_to_x(w, 3); }});
  list.push_back({.name = "ReceiveAtMostOnce",
                  .act = [](World& w, Thread& t) { w.serve(t, 2); },
                  .prepare = [](World& w) { post_to_x(w, 2); },
                  .delivery = Delivery::AtMostOnce});
  list.push_back({.name = "ReceiveAndKeep",
                  .act = [](World& w, Thread& t) { w.serve(t, 2); },
                  .prepare = [](World& w) { post_to_x(w, 2); },
                  .handle =
                      [](World& w, Thread& t, LaneReader& r, const Hand& h) {
                        w.note_handled(h);
                        r.complete_kept(t, h);
                        drop(t, h.handle);
                      }});
  list.push_back({.name = "SkipThree",
                  .act =
                      [](World& w, Thread& t) {
                        LaneReader reader(w.segment(), w.x.index, Lane::Messages);
                        for (int i = 0; i < 3; ++i) {
                          BUSKIN_CHECK(reader.poll());
                          reader.complete(t, reader.begin(Phase::Skip));
                        }
                      },
                  .prepare = [](World& w) { post_to_x(w, 4); },
                  .may_be_lost = {1, 2, 3}});
  return list;
}

inline std::vector<Scenario> all_scenarios() {
  std::vector<Scenario> all;
  for (const auto& part :
       {sending_scenarios(), receiving_scenarios(), turning_scenarios(), group_scenarios(), journal_scenarios(),
        naming_scenarios(), memory_scenarios(), life_scenarios(), end_scenarios(),
        byte_scenarios(), log_scenarios(), carrier_scenarios()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace buskin::test
