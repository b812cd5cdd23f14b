// watch: epoll over pidfds, a timer and an end.
//
// An epoll entry carries the word of a member; the pidfd itself is found again in
// a table, to be closed when it has spoken.
//
// Floor: admin.
#include "admin/daemon/watch.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "shm/base/check.hpp"
#include "shm/os/process.hpp"

namespace buskin::admin {

namespace {

// Words that no member has: process 0 is never used, and the gen of these is 0.
constexpr std::uint64_t kTimerWord = 0;
constexpr std::uint64_t kEndWord = std::uint64_t{1} << 32;
constexpr std::uint64_t kOwnerWord = std::uint64_t{2} << 32;
constexpr std::uint64_t kIndexMask = 0xffff;  // Entries of a process table: at most 2^16.
constexpr unsigned kFdShift = 16;

/// index:16 | pidfd:16 | gen:32. A process has at most some thousand descriptors.
std::uint64_t pack(std::uint64_t word, int pidfd) {
  return (word & ~std::uint64_t{0xffff'0000}) | static_cast<std::uint64_t>(pidfd) << kFdShift;
}

}  // namespace

Watch::Watch()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)),
      end_(::eventfd(0, EFD_CLOEXEC)) {
  BUSKIN_CHECK(epoll_ >= 0 && timer_ >= 0 && end_ >= 0);
  for (const auto& [fd, word] : {std::pair{timer_, kTimerWord}, std::pair{end_, kEndWord}}) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = word;
    BUSKIN_CHECK(::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0);
  }
}

Watch::~Watch() {
  for (const int fd : {epoll_, timer_, end_}) ::close(fd);
}

void Watch::add_pidfd(std::int32_t pid, std::uint64_t word) {
  const int pidfd = shm::open_pidfd(pid);
  // Dead already: an eventfd that is readable speaks for it, and reports the death in its turn.
  const int fd = pidfd >= 0 ? pidfd : ::eventfd(1, EFD_CLOEXEC);
  BUSKIN_CHECK(fd >= 0 && fd < 1 << kFdShift);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLONESHOT;
  event.data.u64 = pack(word, fd);
  BUSKIN_CHECK(::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0);
}

void Watch::add_member(MemberId member, std::int32_t pid) {
  BUSKIN_CHECK(shm::to_bits(member.index) <= kIndexMask);
  add_pidfd(pid, member.word());
}

void Watch::add_owner(std::int32_t pid) { add_pidfd(pid, kOwnerWord); }

void Watch::set_timer(std::uint64_t time_ns) {
  itimerspec when{};
  when.it_value.tv_sec = static_cast<time_t>(time_ns / 1'000'000'000);
  when.it_value.tv_nsec = static_cast<long>(time_ns % 1'000'000'000);
  BUSKIN_CHECK(::timerfd_settime(timer_, TFD_TIMER_ABSTIME, &when, nullptr) == 0);
}

void Watch::end() {
  const std::uint64_t one = 1;
  (void)!::write(end_, &one, sizeof one);
}

void Watch::report_dead(const Events& events, std::uint64_t word, int pidfd) {
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, pidfd, nullptr);
  ::close(pidfd);
  const MemberId member{static_cast<shm::ProcessIndex>(word & kIndexMask), static_cast<std::uint32_t>(word >> 32)};
  if (member.index == shm::ProcessIndex::None) {
    events.on_owner_gone();
  } else {
    events.on_gone(member);
  }
}

void Watch::run(const Events& events) {
  std::array<epoll_event, 32> ready{};
  // Ends: when end() was called.
  for (;;) {
    const int count = ::epoll_wait(epoll_, ready.data(), ready.size(), -1);
    for (int i = 0; i < count; ++i) {
      const std::uint64_t word = ready[static_cast<std::size_t>(i)].data.u64;
      if (word == kEndWord) return;
      if (word == kTimerWord) {
        std::uint64_t times = 0;
        if (::read(timer_, &times, sizeof times) > 0) events.on_tick();
      } else {
        report_dead(events, word, static_cast<int>(word >> kFdShift & 0xffff));
      }
    }
  }
}

}  // namespace buskin::admin
