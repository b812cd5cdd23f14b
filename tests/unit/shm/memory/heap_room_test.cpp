// heap_room_test: when the memory file system is full, an allocation says so, and nobody is killed.
//
// The pages of a segment are reserved before they are touched. In a tmpfs of a few MiB, mounted where
// nobody else sees it, touching one page too many would be a SIGBUS.
#include <gtest/gtest.h>

#include <sched.h>
#include <sys/mount.h>

#include <cstdio>
#include <vector>

#include "shm/actor/actors.hpp"
#include "shm/check/check.hpp"
#include "shm/recovery/member.hpp"
#include "shm/names/names.hpp"
#include "shm/memory/payload.hpp"
#include "tests/support/scratch.hpp"

namespace buskin::test {
namespace {

constexpr int kCannotMount = 77;

class HeapRoomTest : public ::testing::Test {
 protected:
  /// Runs `body` with a thread of a segment that has far more units than its tmpfs has room.
  void with_room(const char* size, const std::function<int(Segment&, Thread&)>& body) const {
    Child child([&] {
      const int spaces = ::geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER;
      const std::string options = std::string("size=") + size + ",mode=0700";
      if (::unshare(spaces) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
          ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, options.c_str()) != 0) {
        return kCannotMount;
      }
      SegmentOptions small = tiny_segment();
      small.counts = with_units(with_actors(kTinyTables, 4'096), 4'096);
      auto segment = Segment::create(folder_.file("segment"), small);
      BUSKIN_REQUIRE(segment.ok());
      auto member = Member::join(segment.value(), {});
      BUSKIN_REQUIRE(member.ok());
      Thread* const thread = member.value()->lease_thread().value();
      const int result = body(segment.value(), *thread);
      member.value()->return_thread(thread);
      return result;
    });
    const int result = child.wait();
    if (result == kCannotMount) GTEST_SKIP() << "this user may not mount a tmpfs, not even in a namespace of its own";
    EXPECT_EQ(result, 0) << "the negative number of a signal, or 1 with the line of the failed check";
  }

  ScratchFolder folder_;
};

/// Allocates until there is no room, touching every page of what it gets.
std::vector<Handle> fill(Segment& segment, Thread& thread, std::uint64_t bytes, MemoryError& why) {
  std::vector<Handle> handles;
  for (;;) {  // Ends: the tmpfs is small.
    const auto made = thread.heap().allocate(bytes);
    if (!made.ok()) {
      why = made.error();
      return handles;
    }
    auto* const start = reinterpret_cast<std::byte*>(&segment.block(made.value()));
    for (std::uint64_t at = kHeaderBytes; at < bytes; at += 4'096) start[at] = std::byte{1};
    start[bytes - 1] = std::byte{1};
    handles.push_back(made.value());
  }
}

int fill_and_free(Segment& segment, Thread& thread, std::uint64_t bytes) {
  MemoryError why{};
  std::vector<Handle> handles = fill(segment, thread, bytes, why);
  BUSKIN_REQUIRE(why == MemoryError::NoSpace);
  BUSKIN_REQUIRE(!handles.empty());
  thread.heap().free(handles.back());
  const auto again = thread.heap().allocate(bytes);
  BUSKIN_REQUIRE(again.ok());
  handles.back() = again.value();
  BUSKIN_REQUIRE(thread.heap().allocate(bytes).error() == MemoryError::NoSpace);
  for (const Handle handle : handles) thread.heap().free(handle);
  return 0;
}

TEST_F(HeapRoomTest, SmallBlocksFillTheSmallestThatHoldsASegment) {
  with_room("2m", [](Segment& segment, Thread& thread) { return fill_and_free(segment, thread, 64); });
}

TEST_F(HeapRoomTest, TheRoomOfOneSizeIsThereForAnother) {
  with_room("5m", [](Segment& segment, Thread& thread) {
    for (const std::uint64_t bytes : {64u, 5'000u, 150'000u, 700'000u, 64u, 400'000u}) {
      const int result = fill_and_free(segment, thread, bytes);
      if (result != 0) return result;
    }
    return 0;
  });
}

TEST_F(HeapRoomTest, ALargeBlockFitsWhereItsSpanDoesNot) {
  with_room("3m", [](Segment& segment, Thread& thread) {
    MemoryError why{};
    const std::vector<Handle> small = fill(segment, thread, 16'000, why);
    BUSKIN_REQUIRE(small.size() > 16);
    for (std::size_t i = 0; i < 8; ++i) thread.heap().free(small[i]);  // Two pieces; a span has 16.
    const auto large = thread.heap().allocate(60'000);
    BUSKIN_REQUIRE(large.ok());
    BUSKIN_REQUIRE(block_bytes(segment, large.value()) == kPieceBytes);
    thread.heap().free(large.value());
    BUSKIN_REQUIRE(check_segment(segment).findings.empty());
    return 0;
  });
}

TEST_F(HeapRoomTest, ARunThatDoesNotFitLeavesNothingBehind) {
  with_room("5m", [](Segment& segment, Thread& thread) {
    BUSKIN_REQUIRE(thread.heap().allocate(16 << 20).error() == MemoryError::NoSpace);
    BUSKIN_REQUIRE(thread.heap().allocate(200 << 20).error() == MemoryError::NoSpace);
    const auto fits = thread.heap().allocate(3 << 20);
    BUSKIN_REQUIRE(fits.ok());
    thread.heap().free(fits.value());
    return fill_and_free(segment, thread, 1'000);
  });
}

TEST_F(HeapRoomTest, ActorsNamesAndPayloadsSayThatThereIsNoRoom) {
  with_room("2m", [](Segment& segment, Thread& thread) {
    const ActorId named = reserve_actor(thread, {}).value();
    MemoryError why{};
    std::vector<Handle> handles = fill(segment, thread, 8'192, why);
    for (const std::uint64_t bytes : {384u, 256u, 128u, 64u}) {
      for (const Handle handle : fill(segment, thread, bytes, why)) handles.push_back(handle);
    }
    std::span<std::byte> place;
    BUSKIN_REQUIRE(open_block(thread, {}, 100, place).error() == MemoryError::NoSpace);
    BUSKIN_REQUIRE(reserve_actor(thread, {}).error() == MemoryError::NoSpace);
    ActorId holder;
    BUSKIN_REQUIRE(insert_name(thread, named, "name", holder).error() == NameError::NoMemory);
    BUSKIN_REQUIRE(name_of(segment, named).empty());
    for (const Handle handle : handles) thread.heap().free(handle);
    BUSKIN_REQUIRE(insert_name(thread, named, "name", holder).ok());
    BUSKIN_REQUIRE(find_name(segment, "name") == named);
    return 0;
  });
}

}  // namespace
}  // namespace buskin::test
