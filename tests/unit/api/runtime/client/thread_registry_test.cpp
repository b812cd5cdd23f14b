// ThreadRegistry: each thread has one record, and gives it back when it leaves or ends.
#include "api/runtime/client/thread_registry.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "tests/support/segment_fixture.hpp"

namespace {

namespace shm = buskin::shm;
using buskin::runtime::ThreadRegistry;

class ThreadRegistryTest : public ::testing::Test {
 protected:
  shm::Segment segment_ = shm::Segment::create_private(buskin::test::small_segment()).value();
  std::unique_ptr<shm::Member> member_ = shm::Member::join(segment_, {.title = "test", .lock_path = {}}).value();
  std::shared_ptr<ThreadRegistry> registry_ = std::make_shared<ThreadRegistry>(*member_);
};

TEST_F(ThreadRegistryTest, AThreadHasOneRecord) {
  const auto& first = registry_->take();
  EXPECT_NE(first.thread, nullptr);
  EXPECT_EQ(&registry_->take(), &first);
  registry_->close();
}

TEST_F(ThreadRegistryTest, TwoThreadsHaveTwoRecords) {
  shm::Thread* const mine = registry_->take().thread;
  shm::Thread* others = nullptr;
  std::thread([&] {
    others = registry_->take().thread;
    registry_->leave();
  }).join();
  EXPECT_NE(others, nullptr);
  EXPECT_NE(others, mine);
  registry_->close();
}

TEST_F(ThreadRegistryTest, ARecordThatWasGivenBackIsUsedAgain) {
  shm::Thread* const first = registry_->take().thread;
  registry_->leave();
  EXPECT_EQ(registry_->take().thread, first);
  registry_->close();
}

TEST_F(ThreadRegistryTest, AThreadLeavesWhenItEnds) {
  shm::Thread* first = nullptr;
  std::thread([&] {
    first = registry_->take().thread;
    leave_at_thread_end(registry_);
  }).join();
  EXPECT_EQ(registry_->take().thread, first);
  registry_->close();
}

TEST_F(ThreadRegistryTest, AThreadThatEndsAfterTheCloseLeavesNothing) {
  std::thread([&] {
    (void)registry_->take();
    leave_at_thread_end(registry_);
    registry_->close();
  }).join();
  registry_->leave();
}

TEST_F(ThreadRegistryTest, AThreadMayOutliveTheRegistry) {
  std::thread([&] {
    (void)registry_->take();
    leave_at_thread_end(registry_);
    registry_->close();
    registry_.reset();
  }).join();
}

}  // namespace
