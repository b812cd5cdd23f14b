// mapping: the only place that uses Boost.Interprocess.
#include "shm/os/mapping.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <boost/interprocess/mapped_region.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace buskin::shm {

namespace {

namespace bip = boost::interprocess;

/// The interface that mapped_region asks for. It closes the descriptor unless that was released.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  bip::mapping_handle_t get_mapping_handle() const { return bip::ipcdetail::mapping_handle_from_file_handle(fd_); }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

}  // namespace

/// A forked child does not have the pages (MADV_DONTFORK), and other memory may lie at their addresses
/// by now. So only the process that mapped them unmaps them.
struct Mapping::Region {
  explicit Region(bip::mapped_region mapped) : region(std::move(mapped)), owner(::getpid()) {}
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;
  ~Region() {
    if (owner == ::getpid()) region.~mapped_region();
  }

  union {
    bip::mapped_region region;
  };
  pid_t owner;
};

Result<Mapping, OsError> Mapping::map(int fd, std::uint64_t bytes, Access access) {
  FileDescriptor file(fd);
  const bip::mode_t mode = access == Access::ReadOnly ? bip::read_only : bip::read_write;
  std::unique_ptr<Region> region;
  try {
    region = std::make_unique<Region>(
        bip::mapped_region(file, mode, 0, bytes, nullptr, MAP_SHARED | MAP_NORESERVE));
  } catch (const bip::interprocess_exception& failed) {
    return Failure{OsError{failed.get_native_error(), "mmap"}};
  }
  void* const start = region->region.get_address();
  if (::madvise(start, bytes, MADV_DONTFORK) != 0) return Failure{OsError{errno, "madvise(MADV_DONTFORK)"}};
  if (::madvise(start, bytes, MADV_DONTDUMP) != 0) return Failure{OsError{errno, "madvise(MADV_DONTDUMP)"}};
  return Mapping(std::move(region), file.release(), access);
}

Mapping::Mapping(std::unique_ptr<Region> region, int fd, Access access)
    : region_(std::move(region)),
      data_(static_cast<std::byte*>(region_->region.get_address())),
      bytes_(region_->region.get_size()),
      fd_(fd),
      is_writable_(access == Access::ReadWrite) {}

Mapping::Mapping(Mapping&& other) noexcept
    : region_(std::move(other.region_)),
      data_(std::exchange(other.data_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)),
      fd_(std::exchange(other.fd_, -1)),
      is_writable_(std::exchange(other.is_writable_, false)) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  Mapping moved(std::move(other));
  std::swap(region_, moved.region_);
  std::swap(data_, moved.data_);
  std::swap(bytes_, moved.bytes_);
  std::swap(fd_, moved.fd_);
  std::swap(is_writable_, moved.is_writable_);
  return *this;
}

void Mapping::leave_behind(std::vector<PlacedBytes> kept) && {
  if (region_->owner != ::getpid()) return;
  region_->owner = 0;  // What is mapped there from here on is not the region's.
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto page_of = [page](std::uintptr_t address) { return address / page * page; };
  const auto unmap = [](std::uintptr_t from, std::uintptr_t to) {
    if (from < to) ::munmap(reinterpret_cast<void*>(from), to - from);
  };
  std::sort(kept.begin(), kept.end(), [](const auto& one, const auto& other) { return one.place < other.place; });
  const auto end = reinterpret_cast<std::uintptr_t>(data_) + bytes_;
  auto done = reinterpret_cast<std::uintptr_t>(data_);  // Up to here each page is unmapped, or private.
  for (const PlacedBytes& one : kept) {
    const auto place = reinterpret_cast<std::uintptr_t>(one.place);
    const std::uintptr_t first = std::max(done, page_of(place));
    const std::uintptr_t last = std::min(end, page_of(place + one.bytes.size() + page - 1));
    unmap(done, first);
    if (first < last) {
      (void)::mmap(reinterpret_cast<void*>(first), last - first, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    }
    std::memcpy(one.place, one.bytes.data(), one.bytes.size());
    done = std::max(done, last);
  }
  unmap(done, end);
}

Mapping::~Mapping() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace buskin::shm
