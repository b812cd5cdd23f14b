// segment_test: a segment is made whole, stays sparse, and is found again.
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "shm/segment/read_only_segment.hpp"
#include "tests/support/scratch.hpp"

namespace buskin::test {
namespace {

constexpr std::uint64_t kMebibyte = 1 << 20;

class SegmentTest : public ::testing::Test {
 protected:
  Segment make(const SegmentOptions& options = tiny_segment()) const {
    auto made = Segment::create(path_, options);
    if (!made.ok()) ADD_FAILURE() << made.error().detail;
    return std::move(made).value();
  }

  ScratchFolder folder_;
  std::string path_ = folder_.file("segment");
};

TEST_F(SegmentTest, IsFoundByItsName) {
  Segment made = make();
  made.superblock().next_unit.store_relaxed(17);
  const auto found = Segment::attach(path_);
  ASSERT_TRUE(found.ok()) << found.error().detail;
  EXPECT_EQ(found.value().system_id(), made.system_id());
  EXPECT_EQ(found.value().superblock().next_unit.load_relaxed(), 17u);
  EXPECT_EQ(found.value().path(), path_);
  EXPECT_EQ(found.value().layout().bytes_total, made.layout().bytes_total);
}

TEST_F(SegmentTest, HasOneCreatorWhenManyTry) {
  constexpr int kCreators = 8;
  std::vector<SegmentFault> faults;
  std::mutex mutex;
  std::vector<std::thread> creators;
  for (int i = 0; i < kCreators; ++i) {
    creators.emplace_back([&] {
      const auto made = Segment::create(path_, tiny_segment());
      const std::lock_guard guard(mutex);
      if (!made.ok()) faults.push_back(made.error().code);
    });
  }
  for (auto& creator : creators) creator.join();
  EXPECT_EQ(faults, std::vector<SegmentFault>(kCreators - 1, SegmentFault::Exists));
  EXPECT_EQ(folder_.files_count(), 1u);
  EXPECT_TRUE(Segment::attach(path_).ok());
}

TEST_F(SegmentTest, IsForItsUserAloneWhateverTheUmask) {
  const mode_t umask = ::umask(0);
  (void)make();
  struct stat info {};
  EXPECT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);

  ::umask(0777);
  SegmentOptions options = tiny_segment();
  options.mode = 0660;
  EXPECT_TRUE(Segment::create(folder_.file("group"), options).ok());
  ::umask(umask);
  EXPECT_EQ(::stat(folder_.file("group").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0660u);
}

TEST_F(SegmentTest, TakesLittleMemoryWhateverItsLimits) {
  SegmentOptions options;  // 64 GiB of data, a million actors.
  const Segment made = make(options);
  EXPECT_GT(made.layout().bytes_total, std::uint64_t{64} << 30);
  EXPECT_LE(bytes_used(path_), kMebibyte);
}

TEST_F(SegmentTest, KeepsWhatItWasGiven) {
  SegmentOptions options = tiny_segment();
  options.name = std::string(100, 'n');
  options.system_id = 4711;
  const Segment made = make(options);
  const Superblock& superblock = made.superblock();
  EXPECT_EQ(made.system_id(), 4711u);
  EXPECT_EQ(std::string(superblock.name.data()), std::string(63, 'n'));
  EXPECT_EQ(superblock.counts.actors, kTinyTables.actors);
  EXPECT_EQ(superblock.creator_uid, ::geteuid());
  EXPECT_NE(superblock.created_ns, 0u);
}

TEST_F(SegmentTest, SystemsDifferUnlessTold) {
  const auto first = Segment::create_private(tiny_segment());
  const auto second = Segment::create_private(tiny_segment());
  EXPECT_NE(first.value().system_id(), second.value().system_id());
}

TEST_F(SegmentTest, PrivateHasNoFileAndDoesNotVanish) {
  const auto made = Segment::create_private(tiny_segment());
  ASSERT_TRUE(made.ok()) << made.error().detail;
  EXPECT_EQ(made.value().path(), "");
  EXPECT_TRUE(made.value().check_name().ok());
  EXPECT_EQ(folder_.files_count(), 0u);
}

/// Does the calling process map the file? By inode, because what else came to lie at its address says nothing.
bool is_mapped(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(::stat(path.c_str(), &info), 0);
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    std::istringstream fields(line);
    std::string range, mode, offset, device;
    std::uint64_t inode = 0;
    if (fields >> range >> mode >> offset >> device >> inode && inode == info.st_ino) return true;
  }
  return false;
}

TEST_F(SegmentTest, IsNotThereInAForkedChild) {
  const Segment made = make();
  EXPECT_TRUE(is_mapped(path_));
  Child child([&] { return is_mapped(path_) ? 1 : 0; });
  EXPECT_EQ(child.wait(), 0);
  Child attached([&] { return Segment::attach(path_).ok() ? 0 : 1; });
  EXPECT_EQ(attached.wait(), 0);
}

TEST_F(SegmentTest, SaysThatItsNameVanished) {
  const Segment made = make();
  EXPECT_TRUE(made.check_name().ok());
  std::filesystem::remove(path_);
  const auto gone = made.check_name();
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().code, SegmentFault::Vanished);
  EXPECT_NE(gone.error().detail.find("RemoveIPC"), std::string::npos) << gone.error().detail;

  std::ofstream(path_) << "another";
  const auto replaced = made.check_name();
  ASSERT_FALSE(replaced.ok());
  EXPECT_EQ(replaced.error().code, SegmentFault::Vanished);
  EXPECT_NE(replaced.error().detail.find("another file"), std::string::npos) << replaced.error().detail;
}

TEST_F(SegmentTest, BacksAnEntryOnceAndForAll) {
  SegmentOptions options;
  Segment made = make(options);
  EXPECT_FALSE(made.is_backed(Table::Actors, 100'000));
  ASSERT_TRUE(made.back(Table::Actors, 100'000).ok());
  EXPECT_TRUE(made.is_backed(Table::Actors, 100'000));
  const std::uint64_t used = bytes_used(path_);
  made.actor(ActorIndex{100'000}).slot.name.store_relaxed(1);
  ASSERT_TRUE(made.back(Table::Actors, 100'000).ok());
  EXPECT_EQ(bytes_used(path_), used) << "a page was touched that nobody reserved";
  EXPECT_EQ(made.actor(ActorIndex{100'000}).slot.name.load_relaxed(), 1u);
  const auto found = Segment::attach(path_);
  EXPECT_TRUE(found.value().is_backed(Table::Actors, 100'000));
}

TEST_F(SegmentTest, BacksBothPiecesOfAnEntryThatLiesInTwo) {
  Segment made = make(SegmentOptions{});
  constexpr std::uint64_t kPieces = 10;  // Pieces of the table; the entry lies across the end of one of them.
  constexpr std::uint64_t kIndex = kPieces * kPieceBytes / sizeof(ActorRecord);
  static_assert(kIndex * sizeof(ActorRecord) % kPieceBytes != 0);
  ASSERT_TRUE(made.back(Table::Actors, kIndex).ok());
  EXPECT_TRUE(made.is_backed(Table::Actors, kIndex - 1));
  EXPECT_TRUE(made.is_backed(Table::Actors, kIndex + 1));
}

TEST_F(SegmentTest, BacksAReadyMapWhole) {
  SegmentOptions options;
  Segment made = make(options);
  const std::uint64_t before = bytes_used(path_);
  ASSERT_TRUE(made.back(Table::Ready, 3).ok());
  EXPECT_EQ(bytes_used(path_) - before, made.layout().entry_bytes[static_cast<std::size_t>(Table::Ready)]);
}

TEST_F(SegmentTest, BacksTheSameFromManyThreads) {
  Segment made = make(SegmentOptions{});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&made] {
      for (std::uint32_t i = 1; i < 1'000; i += 7) {
        EXPECT_TRUE(made.back(Table::Threads, i).ok());
        made.thread(ThreadIndex{i}).process.add_relaxed(1);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (std::uint32_t i = 1; i < 1'000; i += 7) {
    EXPECT_EQ(made.thread(ThreadIndex{i}).process.load_relaxed(), 4u);
  }
}

TEST_F(SegmentTest, HasNothingOutsideItsTables) {
  Segment made = make();
  for (const Table table :
       {Table::Processes, Table::Threads, Table::Types, Table::Names, Table::Ready, Table::Actors}) {
    const std::uint64_t count = made.layout().count_of(table);
    const auto backed = made.back(table, count);
    ASSERT_FALSE(backed.ok());
    EXPECT_EQ(backed.error(), MemoryError::TableFull);
    EXPECT_FALSE(made.is_backed(table, count));
    EXPECT_FALSE(made.is_backed(table, ~std::uint64_t{0} >> 12));
  }
  for (const auto [first, count] : {std::array<std::uint32_t, 2>{32, 1}, {31, 2}, {0, 33}, {~0u, 2}}) {
    const auto backed = made.back_units(UnitIndex{first}, count);
    ASSERT_FALSE(backed.ok());
    EXPECT_EQ(backed.error(), MemoryError::NoUnits);
  }
}

TEST_F(SegmentTest, UnitsComeAndGo) {
  Segment made = make();
  const std::uint64_t before = bytes_used(path_);
  ASSERT_TRUE(made.back_units(UnitIndex{4}, 16).ok());
  EXPECT_EQ(bytes_used(path_) - before, 16 * kPieceBytes);
  *made.unit_data(UnitIndex{5}) = std::byte{42};
  made.punch_units(UnitIndex{4}, 16);
  EXPECT_EQ(bytes_used(path_), before);
  ASSERT_TRUE(made.back_units(UnitIndex{4}, 16).ok());
  EXPECT_EQ(*made.unit_data(UnitIndex{5}), std::byte{0});
}

TEST_F(SegmentTest, PeekReadsHolesAsZeroesAndFillsNone) {
  Segment made = make();
  const std::uint64_t before = bytes_used(path_);
  const Handle hole = made.handle_of(made.unit_data(UnitIndex{9}));
  const HeaderWords nothing = made.peek_header(hole).value();
  EXPECT_EQ(nothing.own | nothing.next | nothing.what | nothing.sender, 0u);
  EXPECT_EQ(bytes_used(path_), before);

  ASSERT_TRUE(made.back_units(UnitIndex{9}, 1).ok());
  made.block(hole).own.store_relaxed(11);
  made.block(hole).sender.store_relaxed(44);
  const HeaderWords header = made.peek_header(hole).value();
  EXPECT_EQ(header.own, 11u);
  EXPECT_EQ(header.sender, 44u);
}

TEST_F(SegmentTest, PeekRefusesWhatLiesOutsideTheData) {
  const Segment made = make();
  const std::uint64_t end = made.layout().bytes_total / kCacheLineBytes;
  const std::uint64_t first = to_bits(made.handle_of(made.unit_data(UnitIndex{0})));
  for (const std::uint64_t handle : {std::uint64_t{0}, first - 1, end, ~std::uint64_t{0}}) {
    EXPECT_FALSE(made.peek_header(static_cast<Handle>(handle))) << handle;
    EXPECT_FALSE(made.in_data(static_cast<Handle>(handle))) << handle;
  }
  EXPECT_TRUE(made.peek_header(static_cast<Handle>(end - 1)));
  std::array<std::byte, kCacheLineBytes + 1> beyond;
  EXPECT_FALSE(made.peek(static_cast<Handle>(end - 1), beyond));
}

/// Has the kernel write eight zeroes there: unlike a store of ours, that fails where the page is read-only.
bool can_be_written(const void* place) {
  const int zeroes = ::open("/dev/zero", O_RDONLY | O_CLOEXEC);
  const bool is_written = ::read(zeroes, const_cast<void*>(place), 8) == 8;
  ::close(zeroes);
  return is_written;
}

TEST_F(SegmentTest, PagesAttachedReadOnlyCannotBeWritten) {
  Segment made = make();
  made.superblock().next_unit.store_relaxed(17);
  const ReadOnlySegment found = ReadOnlySegment::attach(path_).value();
  EXPECT_EQ(found->superblock().next_unit.load_relaxed(), 17u);
  EXPECT_FALSE(can_be_written(&found->superblock().next_unit));
  EXPECT_TRUE(can_be_written(&made.superblock().next_unit));
}

TEST_F(SegmentTest, HasNoMemoryAfterItWasMoved) {
  Segment made = make();
  const Handle first = made.handle_of(made.unit_data(UnitIndex{0}));
  const Segment kept = std::move(made);
  EXPECT_TRUE(kept.in_data(first));
  EXPECT_FALSE(made.in_data(first));
  EXPECT_FALSE(made.is_backed(Table::Actors, 0));
  EXPECT_EQ(made.unit_data(UnitIndex{0}), nullptr);
  EXPECT_DEATH((void)made.back_units(UnitIndex{0}, 1), "CHECK failed: mapping_.is_writable()");
  EXPECT_DEATH(made.punch_units(UnitIndex{0}, 1), "CHECK failed: mapping_.is_writable()");
}

TEST_F(SegmentTest, HandlesAndUnitsAgree) {
  const Segment made = make();
  for (const std::uint32_t unit : {0u, 1u, 31u}) {
    const std::byte* const data = made.unit_data(UnitIndex{unit});
    const Handle handle = made.handle_of(data + kPieceBytes - kCacheLineBytes);
    EXPECT_EQ(made.unit_of(handle), UnitIndex{unit});
    EXPECT_EQ(reinterpret_cast<const std::byte*>(&made.block(made.handle_of(data))), data);
  }
}

static_assert(!std::is_constructible_v<SegmentTables, std::byte*> && !std::is_move_constructible_v<SegmentTables>);
static_assert(!std::is_convertible_v<ReadOnlySegment&, Segment&>);

template <class Reached>
constexpr bool kIsReadOnly = std::is_const_v<std::remove_reference_t<Reached>>;

TEST(SegmentTables, GiveThoseThatOnlyLookNothingToWrite) {
  const auto reached = [](auto&& segment) {
    return std::array{kIsReadOnly<decltype(segment.superblock())>,
                      kIsReadOnly<decltype(segment.process({}))>,
                      kIsReadOnly<decltype(segment.thread({}))>,
                      kIsReadOnly<decltype(segment.actor({}))>,
                      kIsReadOnly<decltype(segment.mailbox({}))>,
                      kIsReadOnly<decltype(segment.slot({}))>,
                      kIsReadOnly<decltype(segment.type({}))>,
                      kIsReadOnly<decltype(segment.unit({}))>,
                      kIsReadOnly<decltype(segment.template row<ReplyRow>(Table::Replies, 0))>,
                      kIsReadOnly<decltype(segment.block({}))>,
                      kIsReadOnly<decltype(*segment.unit_data({}))>};
  };
  Segment segment = Segment::create_private(tiny_segment()).value();
  for (const bool is_read_only : reached(std::as_const(segment))) EXPECT_TRUE(is_read_only);
  for (const bool is_read_only : reached(segment)) EXPECT_FALSE(is_read_only);
}

}  // namespace
}  // namespace buskin::test
