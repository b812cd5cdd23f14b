// SystemView: a system as its segment shows it, with processes that live, that died, and that left.
#include "admin/view/system_view.hpp"

#include <algorithm>

#include "shm/segment/system_words.hpp"
#include "tests/support/members_fixture.hpp"

namespace view_unit {
namespace {

namespace shm = buskin::shm;
namespace view = buskin::view;
using buskin::shm::MemberId;

class SystemViewTest : public buskin::test::MembersFixture {
 protected:
  view::SystemView look() const { return view::view_system(segment_, {}); }

  /// The view of that process; its index is 0 when it is not shown.
  view::ProcessView process_of(MemberId member) const {
    for (const view::ProcessView& process : look().processes) {
      if (process.index == shm::to_bits(member.index)) return process;
    }
    return {};
  }
  std::uint64_t total_of(std::string_view label) const {
    for (const view::CounterView& counter : look().counters) {
      if (counter.label == label) return counter.total;
    }
    ADD_FAILURE() << "no counter is called " << label;
    return 0;
  }
};

TEST_F(SystemViewTest, ASystemWithoutAnAdminDoesNotRun) {
  const view::SystemView system = look();
  EXPECT_EQ(system.name, "test");
  EXPECT_FALSE(system.is_running);
  EXPECT_EQ(system.admin_pid, 0u);
  EXPECT_EQ(system.admins_count, 0u);
  EXPECT_EQ(system.reaper_pid, 0u);
  EXPECT_GT(system.memory_max, 0u);
  EXPECT_EQ(system.actors_count, 0u);
}

TEST_F(SystemViewTest, ItRunsWhileTheAdminThatNamedItselfLastLives) {
  const MemberId admin = join(shm::Role::Admin);
  shm::set_admin(segment_, {}, admin.word());
  shm::count_admin(segment_);
  EXPECT_TRUE(look().is_running);
  EXPECT_EQ(look().admin_pid, static_cast<std::uint32_t>(::getpid()));
  EXPECT_EQ(look().admins_count, 1u);

  kill(admin);
  EXPECT_FALSE(look().is_running);
  EXPECT_EQ(look().admin_pid, 0u) << "the process of a dead admin is of no use to anybody";
}

TEST_F(SystemViewTest, TheProcessThatRepairsAtOnceIsNamed) {
  const MemberId reaper = join_dead(shm::Role::ForkServer);
  ASSERT_TRUE(shm::change_reaper(segment_, 0, reaper.word()));
  EXPECT_EQ(look().reaper_pid, static_cast<std::uint32_t>(buskin::test::dead_pid()));
}

TEST_F(SystemViewTest, EachProcessIsShownWithWhatItIsAndWhetherItLives) {
  const MemberId client = join(shm::Role::Client);
  const MemberId tool = join_dead(shm::Role::Tool);
  EXPECT_EQ(look().processes.size(), 3u);
  EXPECT_EQ(process_of(own()).role, "fork server");

  const view::ProcessView living = process_of(client);
  EXPECT_EQ(living.pid, static_cast<std::uint32_t>(::getpid()));
  EXPECT_EQ(living.role, "client");
  EXPECT_EQ(living.title, "other");
  EXPECT_TRUE(living.is_alive);

  const view::ProcessView dead = process_of(tool);
  EXPECT_EQ(dead.role, "tool");
  EXPECT_FALSE(dead.is_alive) << "it stays until it is repaired";
}

TEST_F(SystemViewTest, AProcessThatLeftIsNotShown) {
  const MemberId client = join(shm::Role::Client);
  leave(client);
  EXPECT_EQ(process_of(client).index, 0u);
}

TEST_F(SystemViewTest, ARoleThatDoesNotExistIsUnknown) {
  const MemberId damaged = join(shm::Role::Client);
  segment_.process(damaged.index).role.write(static_cast<shm::Role>(200));
  EXPECT_EQ(process_of(damaged).role, "unknown");
}

TEST_F(SystemViewTest, AnIndexThatNamesNoEntryHasNoProcess) {
  EXPECT_EQ(view::pid_of(segment_, shm::ProcessIndex::None), 0u);
  EXPECT_EQ(view::pid_of(segment_, static_cast<shm::ProcessIndex>(1'000'000)), 0u);
}

TEST_F(SystemViewTest, ActorsOfTheUserAreCountedAndClientsAreNot) {
  const auto client = buskin::runtime::Client::open(host_, host_.thread());
  EXPECT_EQ(look().actors_count, 0u);
  (void)shm::reserve_actor(host_.thread(), {}).value();
  EXPECT_EQ(look().actors_count, 1u);
}

TEST_F(SystemViewTest, EveryCounterIsShownUnderItsOwnLabel) {
  const view::SystemView before = look();
  ASSERT_EQ(before.counters.size(), static_cast<std::size_t>(shm::Counter::End) + 1);
  EXPECT_EQ(before.counters.back().label, "log_dropped");
  std::vector<std::string_view> labels;
  for (const view::CounterView& counter : before.counters) labels.push_back(counter.label);
  std::sort(labels.begin(), labels.end());
  EXPECT_EQ(std::unique(labels.begin(), labels.end()), labels.end());

  host_.thread().count(shm::Counter::Handled, 3);
  EXPECT_EQ(total_of(shm::label_of(shm::Counter::Handled)), 3u);
  EXPECT_EQ(total_of(shm::label_of(shm::Counter::Poison)), 0u);
}

}  // namespace
}  // namespace view_unit
