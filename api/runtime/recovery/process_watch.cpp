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
#include <stdexcept>
#include <string>
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

/// Looking at a process, launching one and repairing one take some for a moment. Watching must not take the last.
bool has_spare_descriptors() {
  constexpr std::size_t kSpare = 3;
  std::array<int, kSpare> spare{};
  for (int& fd : spare) fd = ::eventfd(0, EFD_CLOEXEC);
  const bool has_all = spare.back() >= 0;
  for (const int fd : spare) {
    if (fd >= 0) ::close(fd);
  }
  return has_all;
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
    : wake_(std::move(wake)), epoll_(checked_descriptor(::epoll_create1(EPOLL_CLOEXEC), "an epoll")) {
  bool is_watched = add_fd(end_.fd(), kEndWord, EPOLLIN);
  if (signals == Signals::Taken) {
    signals_ = Descriptor(checked_descriptor(take_signals(), "a signalfd"));
    is_watched = add_fd(signals_.fd(), kSignalWord, EPOLLIN) && is_watched;
  }
  if (!is_watched) throw std::runtime_error("buskin: cannot watch a descriptor: " + shm::limit_words(errno));
  thread_ = start_thread([this] { run(); });
}

bool ProcessWatch::resume() {
  BUSKIN_CHECK(is_paused());
  Result<std::thread> started = try_start_thread([this] { run(); });
  if (started.ok()) thread_ = std::move(*started);
  return started.ok();
}

void ProcessWatch::pause() {
  if (is_paused()) return;
  end_.add();
  thread_.join();
  end_.clear();
}

ProcessWatch::~ProcessWatch() { pause(); }

bool ProcessWatch::add_fd(int fd, std::uint64_t word, std::uint32_t events) {
  BUSKIN_CHECK(fd >= 0);  // Its caller has opened it.
  epoll_event event{};
  event.events = events;
  event.data.u64 = word;
  return ::epoll_ctl(epoll_.fd(), EPOLL_CTL_ADD, fd, &event) == 0;
}

bool ProcessWatch::add_pidfd(std::int32_t pid, std::uint64_t word) {
  const int pidfd = shm::open_pidfd(pid);
  if (pidfd < 0 && errno != ESRCH) return false;
  // Dead already: an eventfd that is readable speaks for it, and reports the death in its turn.
  const int fd = pidfd >= 0 ? pidfd : ::eventfd(1, EFD_CLOEXEC);
  if (fd < 0) return false;
  // A number that does not fit into the word is one of very many.
  const bool is_kept = fd < 1 << kFdShift && has_spare_descriptors();
  if (is_kept && add_fd(fd, pack(word, fd), EPOLLIN | EPOLLONESHOT)) return true;
  ::close(fd);
  return false;
}

bool ProcessWatch::add_member(shm::MemberId member, std::int32_t pid) {
  BUSKIN_CHECK(shm::to_bits(member.index) <= kIndexMask);
  return add_pidfd(pid, member.word());
}

void ProcessWatch::add_owner(std::int32_t pid) {
  if (add_pidfd(pid, kOwnerWord)) return;
  throw std::runtime_error("buskin: cannot watch the owner: " + shm::limit_words(errno));
}

void ProcessWatch::add_name(const std::string& path) {
  BUSKIN_CHECK(names_.fd() < 0);  // The thread may read the one that would be replaced.
  // Made here: a user has few of them. Without it a vanished name is not noticed.
  names_ = Descriptor(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (names_.fd() < 0 || !add_fd(names_.fd(), kNameWord, EPOLLIN)) return;
  (void)::inotify_add_watch(names_.fd(), path.c_str(), IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF);
}

std::vector<Event> ProcessWatch::take() {
  // Ends: when a look reports nothing more. A death is reported once.
  while (is_paused() && look(0)) {
  }
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
  BUSKIN_CHECK(pidfd != epoll_.fd() && pidfd != end_.fd());  // The word is another one's.
  ::epoll_ctl(epoll_.fd(), EPOLL_CTL_DEL, pidfd, nullptr);
  ::close(pidfd);
  const shm::MemberId member{static_cast<shm::ProcessIndex>(word & kIndexMask), static_cast<std::uint32_t>(word >> 32)};
  const bool is_owner = member.index == shm::ProcessIndex::None;
  report({is_owner ? Event::Kind::OwnerGone : Event::Kind::MemberGone, member});
}

void ProcessWatch::run() {
  // Ends: with this object, or at pause().
  for (;;) {
    if (!look(-1)) return;
  }
}

/// Reports what has happened. False: nothing has, or the thread is to end.
bool ProcessWatch::look(int timeout_ms) {
  std::array<epoll_event, 32> ready{};
  const int count = ::epoll_wait(epoll_.fd(), ready.data(), ready.size(), timeout_ms);
  if (count < 0) return timeout_ms < 0;  // A signal, which a thread of ours does not get.
  for (int i = 0; i < count; ++i) {
    const std::uint64_t word = ready[static_cast<std::size_t>(i)].data.u64;
    if (word == kEndWord) return false;
    if (word == kSignalWord) {
      signalfd_siginfo info{};
      if (::read(signals_.fd(), &info, sizeof info) > 0) report({Event::Kind::AskedToEnd, {}});
    } else if (word == kNameWord) {
      alignas(inotify_event) std::array<char, 4096> events{};
      if (::read(names_.fd(), events.data(), events.size()) > 0) report({Event::Kind::NameGone, {}});
    } else {
      report_dead(word);
    }
  }
  return count > 0;
}

}  // namespace buskin::runtime
