// HealthView: a whole segment has no findings, a damaged one and a message without a fate each have theirs.
#include "admin/view/health_view.hpp"

#include "shm/segment/counters.hpp"
#include "tests/support/segment_fixture.hpp"

namespace view_unit {
namespace {

namespace shm = buskin::shm;
namespace view = buskin::view;

class HealthViewTest : public buskin::test::SegmentFixture {
 protected:
  view::HealthView look() const { return view::view_health(segment_, {}); }

  static std::uint64_t total_of(const view::HealthView& health, std::string_view label) {
    for (const auto& [name, total] : health.totals) {
      if (name == label) return total;
    }
    ADD_FAILURE() << "no total is called " << label;
    return 0;
  }
  /// Handles all mail; a runtime also counts it.
  void handle_all(shm::ActorId id) { thread_->count(shm::Counter::Handled, take_all(id).size()); }
};

TEST_F(HealthViewTest, AWholeSegmentIsWellAndItsTotalsSayWhatItHolds) {
  const shm::ActorId id = add_active_actor();
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_EQ(send_value(id, i), shm::SendStatus::Accepted);
  const shm::Handle held = make(*thread_, 9);
  const view::HealthView health = look();
  for (const std::string& finding : health.findings) ADD_FAILURE() << finding;
  EXPECT_TRUE(health.is_well());
  EXPECT_EQ(total_of(health, "actors"), 1u);
  EXPECT_EQ(total_of(health, "messages"), 3u);
  EXPECT_EQ(total_of(health, "blocks_queued"), 3u);
  EXPECT_EQ(total_of(health, "blocks_held"), 1u);
  EXPECT_EQ(total_of(health, "accepted"), 3u);
  EXPECT_EQ(total_of(health, "fates"), 0u);
  thread_->heap().free(held);
  handle_all(id);
  const view::HealthView after = look();
  EXPECT_TRUE(after.is_well());
  EXPECT_EQ(total_of(after, "accepted"), 3u);
  EXPECT_EQ(total_of(after, "fates"), 3u);
}

TEST_F(HealthViewTest, ADamagedBlockIsAFinding) {
  (void)add_active_actor();
  const auto run = thread_->heap().allocate(2 * shm::kPieceBytes);
  ASSERT_TRUE(run.ok());
  shm::Atomic<std::uint64_t>& word =
      segment_.unit(static_cast<shm::UnitIndex>(shm::to_bits(segment_.unit_of(run.value())) + 1)).word;
  const std::uint64_t whole = word.load_relaxed();
  word.store_relaxed(shm::UnitWord{shm::UnitState::Continued, 0, true, 999, 0}.pack());
  EXPECT_FALSE(look().is_well());
  word.store_relaxed(whole);
  thread_->heap().free(run.value());
}

TEST_F(HealthViewTest, MoreFatesThanMessagesAreAFinding) {
  const shm::ActorId id = add_active_actor();
  ASSERT_EQ(send_value(id, 1), shm::SendStatus::Accepted);
  handle_all(id);
  thread_->count(shm::Counter::Handled);
  const view::HealthView health = look();
  EXPECT_EQ(health.findings.size(), 1u);
  EXPECT_FALSE(health.is_well());
}

}  // namespace
}  // namespace view_unit
