// ProcessWatch: epoll over pidfds, signals, a file's name and an end.
//
// An epoll entry carries the word of a member and the pidfd, which is closed when it has become readable.
#include "api/runtime/recovery/process_watch.hpp"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "api/runtime/launch/start_thread.hpp"
#include "shm/base/check.hpp"
#include "shm/os/process.hpp"

namespace buskin::runtime {

namespace {

// Words that no member has: process 0 is never used.
constexpr std::uint64_t kEndWord = std::uint64_t{1} << 32;
constexpr std::uint64_t kOwnerWord = std::uint64_t{2} << 32;
constexpr std::uint64_t kSignalWord = std::uint64_t{3} << 32;
constexpr std::uint64_t kNameWord = std::uint64_t{4} << 32;
constexpr std::uint64_t kIndexMask = 0xffff;  // Entries of a process table: at most 2^16.
constexpr unsigned kFdShift = 16;

/// index:16 | pidfd:16 | gen:32. A process has at most some thousand descriptors.
std::uint64_t pack(std::uint64_t word, int fd) {
  return (word & ~std::uint64_t{0xffff'0000}) | static_cast<std::uint64_t>(fd) << kFdShift;
}

int take_signals() {
  sigset_t asked;
  ::sigemptyset(&asked);
  ::sigaddset(&asked, SIGTERM);
  ::sigaddset(&asked, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &asked, nullptr);
  return ::signalfd(-1, &asked, SFD_CLOEXEC | SFD_NONBLOCK);
}

}  // namespace

ProcessWatch::ProcessWatch(Signals signals, std::function<void()> wake)
    : wake_(std::move(wake)), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  BUSKIN_CHECK(epoll_ >= 0 && end_.fd() >= 0);
  add_fd(end_.fd(), kEndWord, EPOLLIN);
  if (signals == Signals::Taken) {
    signals_ = take_signals();
    BUSKIN_CHECK(signals_ >= 0);
    add_fd(signals_, kSignalWord, EPOLLIN);
  }
  resume();
}

void ProcessWatch::resume() {
  BUSKIN_CHECK(!thread_.joinable());
  thread_ = start_thread([this] { run(); });
}

void ProcessWatch::pause() {
  BUSKIN_CHECK(thread_.joinable());
  end_.add();
  thread_.join();
  end_.clear();
}

ProcessWatch::~ProcessWatch() {
  pause();
  for (const int fd : {epoll_, signals_, names_}) {
    if (fd >= 0) ::close(fd);
  }
}

void ProcessWatch::add_fd(int fd, std::uint64_t word, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = word;
  BUSKIN_CHECK(::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0);
}

bool ProcessWatch::add_pidfd(std::int32_t pid, std::uint64_t word) {
  const int pidfd = shm::open_pidfd(pid);
  if (pidfd < 0 && errno != ESRCH) return false;
  // Dead already: an eventfd that is readable speaks for it, and reports the death in its turn.
  const int fd = pidfd >= 0 ? pidfd : ::eventfd(1, EFD_CLOEXEC);
  if (fd < 0) return false;
  BUSKIN_CHECK(fd < 1 << kFdShift);
  add_fd(fd, pack(word, fd), EPOLLIN | EPOLLONESHOT);
  return true;
}

bool ProcessWatch::add_member(shm::MemberId member, std::int32_t pid) {
  BUSKIN_CHECK(shm::to_bits(member.index) <= kIndexMask);
  return add_pidfd(pid, member.word());
}

void ProcessWatch::add_owner(std::int32_t pid) { (void)add_pidfd(pid, kOwnerWord); }

void ProcessWatch::add_name(const std::string& path) {
  // Made here: a user has few of them. Without it a vanished name is not noticed.
  names_ = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (names_ < 0) return;
  add_fd(names_, kNameWord, EPOLLIN);
  (void)::inotify_add_watch(names_, path.c_str(), IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF);
}

std::vector<Event> ProcessWatch::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(events_, {});
}

bool ProcessWatch::any() const {
  const std::lock_guard lock(mutex_);
  return !events_.empty();
}

void ProcessWatch::report(const Event& event) {
  {
    const std::lock_guard lock(mutex_);
    events_.push_back(event);
  }
  wake_();
}

void ProcessWatch::report_dead(std::uint64_t word) {
  const int pidfd = static_cast<int>(word >> kFdShift & 0xffff);
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, pidfd, nullptr);
  ::close(pidfd);
  const shm::MemberId member{static_cast<shm::ProcessIndex>(word & kIndexMask), static_cast<std::uint32_t>(word >> 32)};
  const bool is_owner = member.index == shm::ProcessIndex::None;
  report({is_owner ? Event::Kind::OwnerGone : Event::Kind::MemberGone, member});
}

void ProcessWatch::run() {
  std::array<epoll_event, 32> ready{};
  // Ends: with this object.
  for (;;) {
    const int count = ::epoll_wait(epoll_, ready.data(), ready.size(), -1);
    for (int i = 0; i < count; ++i) {
      const std::uint64_t word = ready[static_cast<std::size_t>(i)].data.u64;
      if (word == kEndWord) return;
      if (word == kSignalWord) {
        signalfd_siginfo info{};
        if (::read(signals_, &info, sizeof info) > 0) report({Event::Kind::AskedToEnd, {}});
      } else if (word == kNameWord) {
        alignas(inotify_event) std::array<char, 4096> events{};
        if (::read(names_, events.data(), events.size()) > 0) report({Event::Kind::NameGone, {}});
      } else {
        report_dead(word);
      }
    }
  }
}

}  // namespace buskin::runtime
