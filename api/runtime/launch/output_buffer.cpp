// OutputBuffer: one word says what waits.
#include "api/runtime/launch/output_buffer.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "shm/base/atomic.hpp"
#include "shm/base/check.hpp"

namespace buskin::runtime {

struct OutputBuffer::Memory {
  std::uint64_t state;
  char bytes[kBytes];

  std::size_t begin() const { return state & 0xffff'ffff; }
  std::size_t end() const { return state >> 32; }
  void set(std::size_t begin, std::size_t end) {
    shm::crash_order();
    state = begin | std::uint64_t{end} << 32;
    shm::crash_order();
  }
};

OutputBuffer::OutputBuffer() {
  void* const made =
      ::mmap(nullptr, sizeof(Memory), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  memory_ = made == MAP_FAILED ? nullptr : static_cast<Memory*>(made);
}

OutputBuffer::~OutputBuffer() {
  if (memory_ != nullptr) ::munmap(memory_, sizeof(Memory));
}

void OutputBuffer::leave_out_of_forks() {
  (void)::madvise(memory_, sizeof(Memory), MADV_DONTFORK);  // A failure costs the children a mapping.
}

bool OutputBuffer::read_from(int fd) {
  make_room();
  Memory& memory = *memory_;
  const ssize_t count = ::read(fd, memory.bytes + memory.end(), kBytes - memory.end());
  if (count <= 0) return false;
  memory.set(memory.begin(), memory.end() + static_cast<std::size_t>(count));
  return true;
}

std::string_view OutputBuffer::waiting() const {
  return {memory_->bytes + memory_->begin(), memory_->end() - memory_->begin()};
}

void OutputBuffer::consume(std::size_t bytes) {
  BUSKIN_CHECK(bytes <= waiting().size());
  memory_->set(memory_->begin() + bytes, memory_->end());
}

/// Moves what waits to the front when nothing lies there that waits too.
void OutputBuffer::make_room() {
  Memory& memory = *memory_;
  const std::size_t begin = memory.begin();
  const std::size_t end = memory.end();
  const std::size_t waiting = end - begin;
  if (begin == 0 || waiting > begin || (waiting != 0 && end < kBytes / 2)) return;
  std::memcpy(memory.bytes, memory.bytes + begin, waiting);
  std::memset(memory.bytes + waiting, 0, begin - waiting);
  memory.set(0, waiting);
  std::memset(memory.bytes + waiting, 0, end - waiting);
}

void OutputBuffer::recover() {
  Memory& memory = *memory_;
  const std::size_t more = ::strnlen(memory.bytes + memory.end(), kBytes - memory.end());
  memory.set(memory.begin(), memory.end() + more);
}

}  // namespace buskin::runtime
