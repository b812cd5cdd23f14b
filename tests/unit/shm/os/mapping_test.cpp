// mapping_test: mapped pages belong to the process that mapped them, and to nobody it forks.
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/mman.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

#include "tests/support/scratch.hpp"

namespace buskin::test {
namespace {

constexpr std::uint64_t kBytes = 1 << 20;

int make_memory(std::uint64_t bytes = kBytes) {
  const int fd = ::memfd_create("buskin-test", MFD_CLOEXEC);
  EXPECT_EQ(::ftruncate(fd, static_cast<off_t>(bytes)), 0);
  return fd;
}

bool is_mapped(const void* address) {
  unsigned char resident = 0;
  return ::mincore(const_cast<void*>(address), 4'096, &resident) == 0;
}

/// The kernel's flags, two characters each, of the mapping that begins at `address`.
std::string flags_of(const void* address) {
  std::ostringstream start;
  start << std::hex << reinterpret_cast<std::uintptr_t>(address) << "-";
  std::ifstream maps("/proc/self/smaps");
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.starts_with(start.str())) inside = true;
    if (inside && line.starts_with("VmFlags:")) return line;
  }
  return {};
}

TEST(Mapping, ShowsWhatTheFileHolds) {
  const int fd = make_memory();
  ASSERT_EQ(::pwrite(fd, "hello", 5, 4'096), 5);
  const auto mapping = Mapping::map(fd, kBytes);
  ASSERT_TRUE(mapping.ok());
  EXPECT_EQ(mapping.value().bytes(), kBytes);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(mapping.value().data()) + 4'096, 5), "hello");
}

TEST(Mapping, IsNeitherForkedNorDumped) {
  const auto mapping = Mapping::map(make_memory(), kBytes);
  ASSERT_TRUE(mapping.ok());
  const std::string flags = flags_of(mapping.value().data());
  if (flags.empty()) GTEST_SKIP() << "this kernel does not show the flags of a mapping";
  EXPECT_NE(flags.find(" dc"), std::string::npos) << flags;
  EXPECT_NE(flags.find(" dd"), std::string::npos) << flags;
  EXPECT_NE(flags.find(" nr"), std::string::npos) << flags;
}

TEST(Mapping, IsNotThereInAForkedChild) {
  const auto mapping = Mapping::map(make_memory(), kBytes);
  ASSERT_TRUE(is_mapped(mapping.value().data()));
  Child child([&] { return is_mapped(mapping.value().data()) ? 1 : 0; });
  EXPECT_EQ(child.wait(), 0);
}

TEST(Mapping, DestroyedInAForkedChildLeavesWhatLiesThereNow) {
  std::optional<Mapping> mapping(Mapping::map(make_memory(), kBytes).value());
  void* const place = mapping->data();
  Child child([&] {
    void* const other = ::mmap(place, 4'096, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (other != place) return 2;
    mapping.reset();
    return is_mapped(place) ? 0 : 1;
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_TRUE(is_mapped(place));
}

TEST(Mapping, LeavesBehindBytesThatAreNoLongerTheFiles) {
  const int fd = make_memory();
  const int same_file = ::dup(fd);
  constexpr std::array<std::size_t, 3> kPlaces{100, 4'000, 3 * 4'096 - 2};  // Two in one page, and one across two.
  std::byte* data = nullptr;
  {
    Mapping mapping = Mapping::map(fd, kBytes).value();
    data = mapping.data();
    std::vector<PlacedBytes> kept;
    for (const std::size_t at : kPlaces) {
      std::memcpy(data + at, "kept", 4);
      kept.push_back({data + at, {data + at, data + at + 4}});
    }
    std::swap(kept.front(), kept.back());
    std::memcpy(data + 100, "lost", 4);  // By the next owner of the block, after it was copied.
    std::move(mapping).leave_behind(std::move(kept));
  }
  for (const std::size_t at : kPlaces) EXPECT_EQ(std::memcmp(data + at, "kept", 4), 0) << at;
  EXPECT_FALSE(is_mapped(data + 1 * 4'096));
  EXPECT_TRUE(is_mapped(data + 2 * 4'096) && is_mapped(data + 3 * 4'096));
  EXPECT_FALSE(is_mapped(data + 4 * 4'096));
  std::memcpy(data + 100, "mine", 4);
  char in_file[4] = {};
  EXPECT_EQ(::pread(same_file, in_file, 4, 100), 4);
  EXPECT_EQ(std::string(in_file, 4), "lost");
  ::close(same_file);
  ::munmap(data, 4 * 4'096);
}

TEST(Mapping, ClosesTheDescriptorWhenItFails) {
  const int fd = make_memory(0);
  const auto mapping = Mapping::map(fd, std::uint64_t{1} << 60);
  ASSERT_FALSE(mapping.ok());
  EXPECT_EQ(mapping.error().code, ENOMEM);
  EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
}

TEST(Mapping, MovesWithItsDescriptor) {
  auto mapping = Mapping::map(make_memory(), kBytes);
  Mapping first = std::move(mapping).value();
  std::byte* const data = first.data();
  Mapping second = Mapping::map(make_memory(), kBytes).value();
  std::byte* const replaced = second.data();
  const int closed = second.fd();
  second = std::move(first);
  EXPECT_EQ(second.data(), data);
  EXPECT_NE(::fcntl(second.fd(), F_GETFD), -1);
  EXPECT_EQ(::fcntl(closed, F_GETFD), -1);
  EXPECT_FALSE(is_mapped(replaced));
}

}  // namespace
}  // namespace buskin::test
