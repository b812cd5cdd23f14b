// segment_room_test: a memory file system that is full is an error value, never a signal.
//
// Each test mounts a small tmpfs in a mount namespace of its own, in a child, which nobody else sees.
#include <gtest/gtest.h>

#include <sched.h>
#include <sys/mount.h>

#include <array>
#include <cstdio>

#include "tests/support/scratch.hpp"

namespace buskin::test {
namespace {

constexpr int kGood = 0;
constexpr int kCannotMount = 77;

class SegmentRoomTest : public ::testing::Test {
 protected:
  /// Runs `body` where the scratch folder is a tmpfs of this size.
  void with_room(const char* size, const std::function<int()>& body) const {
    Child child([&] {
      const int spaces = ::geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER;
      const std::string options = std::string("size=") + size + ",mode=0700";
      if (::unshare(spaces) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
          ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, options.c_str()) != 0) {
        return kCannotMount;
      }
      return body();
    });
    const int result = child.wait();
    if (result == kCannotMount) GTEST_SKIP() << "this user may not mount a tmpfs, not even in a namespace of its own";
    EXPECT_EQ(result, kGood) << "the negative number of a signal, or the line of the failed check";
  }

  ScratchFolder folder_;
  std::string path_ = folder_.file("segment");
};

TEST_F(SegmentRoomTest, CreationIsRefusedWithTheFigures) {
  with_room("1m", [&] {
    const auto made = Segment::create(path_, SegmentOptions{});
    BUSKIN_REQUIRE(!made.ok() && made.error().code == SegmentFault::NoSpace);
    const std::string& sentence = made.error().detail;
    BUSKIN_REQUIRE(sentence.find("of the 1.0 MiB of " + folder_.path()) != std::string::npos);
    BUSKIN_REQUIRE(sentence.find("needs 1.6 MiB to start") != std::string::npos);
    BUSKIN_REQUIRE(sentence.find("mount -o remount") != std::string::npos);
    BUSKIN_REQUIRE(folder_.files_count() == 0);
    return kGood;
  });
}

TEST_F(SegmentRoomTest, CreationNeedsNoMoreThanItSays) {
  with_room("1700k", [&] {
    BUSKIN_REQUIRE(Segment::create(path_, SegmentOptions{}).ok());
    return kGood;
  });
}

TEST_F(SegmentRoomTest, UnitsEndWithAnErrorAndComeBack) {
  with_room("3m", [&] {
    auto made = Segment::create(path_, SegmentOptions{});
    BUSKIN_REQUIRE(made.ok());
    Segment& segment = made.value();
    std::uint32_t units = 0;
    while (segment.back_units(UnitIndex{units}, 1).ok()) {
      *segment.unit_data(UnitIndex{units++}) = std::byte{1};
      BUSKIN_REQUIRE(units < 48);
    }
    BUSKIN_REQUIRE(units >= 16);
    BUSKIN_REQUIRE(segment.back_units(UnitIndex{units}, 1).error() == MemoryError::NoSpace);
    segment.punch_units(UnitIndex{0}, 4);
    BUSKIN_REQUIRE(segment.back_units(UnitIndex{units}, 4).ok());
    return kGood;
  });
}

TEST_F(SegmentRoomTest, TablesEndWithAnErrorAndAreNotTouched) {
  with_room("3m", [&] {
    auto made = Segment::create(path_, SegmentOptions{});
    BUSKIN_REQUIRE(made.ok());
    Segment& segment = made.value();
    std::uint32_t actor = 0;
    while (segment.back(Table::Actors, actor).ok()) {
      segment.mailbox(ActorIndex{actor++}).life.store_relaxed(1);
      BUSKIN_REQUIRE(actor < 8'192);
    }
    BUSKIN_REQUIRE(segment.back(Table::Actors, actor).error() == MemoryError::NoSpace);
    BUSKIN_REQUIRE(!segment.is_backed(Table::Actors, actor));
    BUSKIN_REQUIRE(segment.back(Table::Actors, actor - 1).ok());
    return kGood;
  });
}

TEST_F(SegmentRoomTest, PeekNeedsNoRoom) {
  with_room("2m", [&] {
    auto made = Segment::create(path_, SegmentOptions{});
    BUSKIN_REQUIRE(made.ok());
    Segment& segment = made.value();
    std::uint32_t units = 0;
    while (segment.back_units(UnitIndex{units}, 1).ok()) ++units;
    const auto header = segment.peek_header(segment.handle_of(segment.unit_data(UnitIndex{units + 100})));
    BUSKIN_REQUIRE(header && header->own == 0 && header->sender == 0);
    return kGood;
  });
}

}  // namespace
}  // namespace buskin::test
