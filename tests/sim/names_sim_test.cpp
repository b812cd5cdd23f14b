// names_sim_test: names are given, looked up and taken away while the table is copied.
#include <memory>
#include <string>

#include "shm/actor/actor_close.hpp"
#include "shm/names/name_compaction.hpp"
#include "shm/names/names.hpp"
#include "shm/names/name_table.hpp"
#include "tests/sim/sim_fixture.hpp"

namespace buskin::test {
namespace {

constexpr std::uint64_t kStepsMax = 400'000;
constexpr TableCounts kFewNames = with_actors(kSimTables, 24);

ActorId add_named(SimRun& run, Thread& thread, const std::string& name) {
  const ActorId id = reserve_actor(thread, {}).value();
  ActorId holder{};
  auto named = insert_name(thread, id, name, holder);
  // The time after which a name is Busy is real, and goes on while other programs have the processor.
  // Ends: with the copies of the table, of which there are few.
  while (!named.ok() && named.error() == NameError::Busy) named = insert_name(thread, id, name, holder);
  EXPECT_TRUE(named.ok()) << name;
  EXPECT_EQ(find_name(run.segment_, name), id) << name << " is lost";
  return id;
}

void end_named(SimRun& run, Thread& thread, ActorId id) {
  begin_close(thread, id);
  remove_name(thread, id);
  drain(thread, id, [](Thread&, Lane, Handle) { return LeftMail::Drop; });
  push_exit_notice(thread, id, {}, TypeIndex::None, {});
  release_slot(thread, id);
  (void)run;
}

void free_tables(SimRun& run) {
  std::map<Handle, bool> tables;
  for_each_names_block(run.segment_, [&](Handle block) {
    if (is_names_block(run.segment_, block)) tables[block] = true;
  });
  for (const auto& [block, is_there] : tables) run.thread_->heap().free(block);
}

using Copy = std::function<void(Thread&)>;

/// `late` names given and one taken away, another one looked up, while the table is copied `copies` times.
std::function<void()> names_and_copies(SimRun& run, const Copy& copy, int copies) {
  Thread& admin = run.add_thread();
  const ActorId stays = add_named(run, *run.thread_, "stays");
  const ActorId goes = add_named(run, *run.thread_, "goes");
  auto late = std::make_shared<std::array<ActorId, 4>>();
  run.simulation.add([&admin, copy, copies] {
    for (int i = 0; i < copies; ++i) copy(admin);
  });
  for (std::size_t who = 0; who < 2; ++who) {
    Thread& thread = run.add_thread();
    run.simulation.add([&run, &thread, late, who, goes] {
      for (std::size_t i = 0; i < 2; ++i) {
        (*late)[2 * who + i] = add_named(run, thread, "late" + std::to_string(2 * who + i));
      }
      if (who == 0) end_named(run, thread, goes);
    });
  }
  run.simulation.add([&run, stays] {
    for (int i = 0; i < 6; ++i) EXPECT_EQ(find_name(run.segment_, "stays"), stays);
  });
  return [&run, late, stays] {
    EXPECT_EQ(find_name(run.segment_, "stays"), stays);
    EXPECT_EQ(find_name(run.segment_, "goes").index, ActorIndex::None);
    for (std::size_t i = 0; i < late->size(); ++i) {
      EXPECT_EQ(find_name(run.segment_, "late" + std::to_string(i)), (*late)[i]);
    }
    EXPECT_FALSE(use_of_names(run.segment_).is_frozen);
    run.end_actors();
    free_tables(run);
  };
}

TEST(NamesSim, ANameIsNeitherLostNorLeftWhileTheTableIsCopied) {
  for_each_seed(
      kStepsMax,
      [](SimRun& run) {
        return names_and_copies(run, [](Thread& admin) { EXPECT_TRUE(compact_names(admin).ok()); }, 3);
      },
      kFewNames);
}

/// The wrong way: what is copied is still open to those who insert.
void copy_without_freeze(Thread& admin) {
  Segment& segment = admin.segment();
  const NameTable old(segment);
  const std::uint64_t bytes = old.count() * sizeof(NameCell);
  const Handle block = admin.heap().allocate(kHeaderBytes + bytes).value();
  BlockHeader& header = segment.block(block);
  header.what.store_relaxed(WhatWord{static_cast<std::uint32_t>(bytes), {}, 0}.pack());
  header.next.store_relaxed(0);
  header.sender.store_relaxed(0);
  const OwnerWord held = OwnerWord::unpack(header.own.load_relaxed());
  header.own.store_relaxed(OwnerWord{BlockState::Saved, 0, held.gen}.pack());
  const SavedWord swung{old.root().version + 1, block};
  const NameTable copy(segment, swung);
  for (std::uint64_t at = 0; at < copy.count(); ++at) copy.cell_in(segment, at)->store_release(copy.empty());
  for (std::uint64_t at = 0; at < old.count(); ++at) {
    const std::uint64_t word = old.back(segment, at).value()->load_acquire();
    if (NameWord::unpack(word).tag == 0 || holder_of_entry(segment, word).index == ActorIndex::None) continue;
    std::uint64_t to = hash_of_name(text_of_name(segment, NameWord::unpack(word).index));
    while (copy.cell(to % copy.count())->load_relaxed() != copy.empty()) ++to;
    copy.cell_in(segment, to % copy.count())->store_release(word);
  }
  segment.superblock().names_root.store_seq_cst(swung.pack());
}

TEST(NamesSim, WithoutTheFreezeANameIsLost) {
  std::uint64_t lost = 0;
  for (std::uint64_t seed = 0; seed < sim::seeds_count() && lost == 0; ++seed) {
    SimRun run(seed, kStepsMax, kFewNames);
    Thread& admin = run.add_thread();
    Thread& other = run.add_thread();
    auto late = std::make_shared<std::array<ActorId, 3>>();
    run.simulation.add([&admin] { copy_without_freeze(admin); });
    run.simulation.add([&other, late] {
      for (std::size_t i = 0; i < late->size(); ++i) {
        ActorId holder{};
        (*late)[i] = reserve_actor(other, {}).value();
        EXPECT_TRUE(insert_name(other, (*late)[i], "late" + std::to_string(i), holder).ok());
      }
    });
    ASSERT_TRUE(run.simulation.run()) << run.simulation.why();
    for (std::size_t i = 0; i < late->size(); ++i) {
      if (find_name(run.segment_, "late" + std::to_string(i)) != (*late)[i]) ++lost;
    }
    run.end_actors();
    free_tables(run);
  }
  EXPECT_GT(lost, 0u) << "the simulation does not notice a missing freeze";
}

}  // namespace
}  // namespace buskin::test
