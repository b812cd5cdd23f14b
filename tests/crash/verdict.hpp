// Verdict: what must hold after a death, a repair and a successor. One line per fault; none is good.
#pragma once

#include <algorithm>
#include <set>

#include "shm/names/name_table.hpp"
#include "tests/crash/world.hpp"

namespace buskin::test {

using Faults = std::vector<std::string>;

inline void add_findings(World& world, const std::string& when, Faults& faults) {
  for (const std::string& finding : check_segment(world.segment(), 1).findings) faults.push_back(when + ": " + finding);
}

/// Every accepted message arrived; a second arrival is flagged; what is exactly once is so.
inline void add_ledger(World& world, Faults& faults) {
  const Scenario& scenario = world.scenario();
  std::map<Value, std::uint64_t> arrived;
  for (const Arrival& arrival : world.arrivals()) {
    if (++arrived[arrival.value] > 1 && !arrival.is_flagged && !scenario.is_many) {
      faults.push_back("value " + std::to_string(arrival.value) + " arrived again, unflagged");
    }
  }
  std::vector<Value> due = scenario.at_least_once;
  for (std::uint64_t i = 0; i < world.book().count.load_relaxed(); ++i) {
    if (world.book().notes[i].kind == Note::Kind::Accepted) due.push_back(world.book().notes[i].value);
  }
  const auto has = [](const std::vector<Value>& list, Value value) {
    return std::find(list.begin(), list.end(), value) != list.end();
  };
  for (const Value value : due) {
    const bool is_dead_letter = world.count_notes(Note::Kind::DeadLetter, value) != 0;
    if (arrived[value] == 0 && !is_dead_letter && !has(scenario.may_be_lost, value)) {
      faults.push_back("value " + std::to_string(value) + " is lost");
    }
  }
  for (const Value value : scenario.exactly_once) {
    if (arrived[value] != 1) {
      faults.push_back("value " + std::to_string(value) + " arrived " + std::to_string(arrived[value]) + " times");
    }
  }
}

/// The parent hears of a crash exactly once.
inline void add_crash_notice(World& world, Faults& faults) {
  const std::uint64_t heard = world.count_notes(Note::Kind::Handled, kCrashNotice);
  if (is_open(world.segment(), world.y) && heard != static_cast<std::uint64_t>(world.crashes_of_x)) {
    faults.push_back(std::to_string(heard) + " crash notices for " + std::to_string(world.crashes_of_x) + " crashes");
  }
}

/// After everybody's end every block is free.
inline void add_leaks(World& world, Faults& faults) {
  std::vector<ActorId> left;
  for_each_actor(world.segment(), [&](ActorId id, LifeWord life) {
    if (accepts(life.state)) left.push_back(id);
  });
  for (const ActorId id : left) world.close(id);
  world.drop_undelivered();
  const CheckReport report = check_segment(world.segment(), 1);
  const CheckTotals& totals = report.totals;
  std::set<Handle> tables;  // The tables of names: they stay.
  for_each_names_block(world.segment(), [&](Handle block) { tables.insert(block); });
  const std::uint64_t used = totals.blocks_held + totals.blocks_queued + totals.blocks_shared + totals.blocks_saved +
                             totals.blocks_timed + totals.blocks_notice - tables.size();
  if (used != 0) faults.push_back(std::to_string(used) + " blocks are leaked");
  if (totals.actors != 0) faults.push_back(std::to_string(totals.actors) + " slots are leaked");
  if (totals.processes != 1) faults.push_back(std::to_string(totals.processes - 1) + " process entries are left");
  if (totals.threads != 1) faults.push_back(std::to_string(totals.threads - 1) + " thread records are left");
}

/// One death costs x at most one attempt or kill.
inline void add_charges(World& world, Faults& faults) {
  for (const LaneRecord& lane : world.segment().mailbox(world.x.index).lanes) {
    const HandWord hand = HandWord::unpack(lane.hand_meta.load_relaxed());
    const bool failed_itself = world.scenario().fails_once;
    if (hand.attempts + hand.kills > (failed_itself ? 2 : 1)) faults.push_back("a delivery is charged twice");
  }
}

/// Who has been there since the death.
enum class Since : std::uint8_t {
  Nobody,          ///< The scenario's survivor comes now.
  Reaper,          ///< A repairer that died itself.
  ReaperAndActor,  ///< The same, and the actors that it gave away handle their messages before it is repaired.
};

/// From a death to the end of everything.
inline Faults judge_death(World& world, Since since = Since::Nobody) {
  Faults faults;
  world.crashes_of_x = 0;
  if (since == Since::Nobody && world.scenario().between) world.scenario().between(world);
  if (since == Since::ReaperAndActor) {
    world.adopt_all();
    world.run_successor();
  }
  Reaped all;
  for (std::uint32_t entry = 2; entry < kEntries; ++entry) {
    const auto index = static_cast<ProcessIndex>(entry);
    if (!is_dead(world.segment(), index, world.lock_path())) continue;
    const auto reaped = world.reap(index);
    if (!reaped.ok()) return {"the repair was refused"};
    all.closing.insert(all.closing.end(), reaped.value().closing.begin(), reaped.value().closing.end());
    all.requested.insert(all.requested.end(), reaped.value().requested.begin(), reaped.value().requested.end());
  }
  add_findings(world, "after the repair", faults);
  if (since != Since::ReaperAndActor) add_charges(world, faults);
  if (!faults.empty()) return faults;
  if (world.scenario().after) world.scenario().after(world);
  world.follow_up(all);
  world.run_successor();
  add_findings(world, "after the successor", faults);
  if (!faults.empty()) return faults;
  add_ledger(world, faults);
  add_crash_notice(world, faults);
  if (world.scenario().expect) world.scenario().expect(world);
  add_leaks(world, faults);
  return faults;
}

}  // namespace buskin::test
