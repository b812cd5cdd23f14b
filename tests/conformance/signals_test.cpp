// signals_test: signals belong to the program: the library's threads take none, and what it writes raises none.
#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>

#include "conformance.hpp"

namespace conformance::signals {

/// Answers with the number of its process.
struct Teller : buskin::Actor<buskin::Ask<Read, Total>> {
  void on(Message<Read>, ReplyTo<Total> reply) { reply(static_cast<std::uint64_t>(::getpid())); }
};

/// Writes a line to the log.
struct Scribe : buskin::Actor<buskin::Ask<Read, Total>> {
  void on(Message<Read>, ReplyTo<Total> reply, Context& context) {
    context.log(buskin::Level::Info, "written");
    reply(1u);
  }
};

std::set<std::string> threads_of(pid_t pid) {
  std::set<std::string> found;
  std::error_code ended;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", ended)) {
    found.insert(task.path().string());
  }
  return found;
}

/// The signals that the thread blocks, as a set of bits; none when it has ended.
std::uint64_t blocked_by(const std::string& thread) {
  std::ifstream status(thread + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("SigBlk:")) return std::stoull(line.substr(7), nullptr, 16);
  }
  return 0;
}

constexpr std::uint64_t bit_of(int signal) { return std::uint64_t{1} << (signal - 1); }

constexpr std::uint64_t kFaults = bit_of(SIGSEGV) | bit_of(SIGBUS) | bit_of(SIGILL) | bit_of(SIGFPE) | bit_of(SIGABRT) |
                                  bit_of(SIGTRAP) | bit_of(SIGSYS);
constexpr std::uint64_t kAll = 0x7fff'ffff & ~(kFaults | bit_of(SIGKILL) | bit_of(SIGSTOP));

/// The signals that a thread blocks which runs its own code.
std::uint64_t settled(const std::string& thread) {
  std::uint64_t blocked = blocked_by(thread);
  // Ends: with the first instructions of the thread, which glibc runs with all signals blocked; or with the test's
  // own time limit: the crash handler must see faults.
  while ((blocked & kFaults) != 0) blocked = blocked_by(thread);
  return blocked;
}

void expect_blocked(const std::string& thread) {
  const std::uint64_t blocked = settled(thread);
  if (blocked == 0 && !std::filesystem::exists(thread)) return;  // It ended while we looked.
  EXPECT_EQ(blocked & kAll, kAll) << thread;
}

class Signals : public ::testing::TestWithParam<buskin::Base> {
 protected:
  static buskin::SystemOptions options() {
    buskin::SystemOptions made;
    made.base = GetParam();
    made.private_system = true;
    return made;
  }
};

TEST_P(Signals, ThreadsOfTheLibraryBlockThem) {
  const std::set<std::string> before = threads_of(::getpid());
  buskin::ActorSystem system(options());
  auto inbox = system.inbox();
  (void)inbox.fd();
  const auto own = system.create<Teller>({.run = {.own_thread = true}});
  for (int i = 0; i < 20; ++i) (void)system.create<Teller>({.place = buskin::shared("tellers")});
  const auto shared = system.create<Teller>({.place = buskin::shared("tellers")});
  std::size_t looked = 0;
  for (const std::string& thread : threads_of(::getpid())) {
    if (before.contains(thread)) continue;
    ++looked;
    expect_blocked(thread);
  }
  for (const auto& actor : {*own, *shared}) {
    const auto pid = static_cast<pid_t>(system.ask<Read>(actor, 30s)->n());
    if (pid == ::getpid()) continue;
    for (const std::string& thread : threads_of(pid)) {
      const bool is_main = thread.ends_with("/" + std::to_string(pid));  // Takes what is meant for the actors.
      if (!is_main) expect_blocked(thread);
      looked += is_main ? 0 : 1;
    }
  }
  EXPECT_GE(looked, 1u);  // The inbox's at least.
}

TEST_P(Signals, ASignalThatTheProgramBlocksWaitsForIt) {
  buskin::ActorSystem system(options());
  auto inbox = system.inbox();
  (void)inbox.fd();
  for (const std::string& thread : threads_of(::getpid())) (void)settled(thread);
  sigset_t usr1;
  ::sigemptyset(&usr1);
  ::sigaddset(&usr1, SIGUSR1);
  sigset_t before;
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, &usr1, &before), 0);
  const int fd = ::signalfd(-1, &usr1, SFD_CLOEXEC);
  ASSERT_EQ(::kill(::getpid(), SIGUSR1), 0);  // To the process: any thread that does not block it would end it.
  signalfd_siginfo info{};
  EXPECT_EQ(::read(fd, &info, sizeof info), static_cast<ssize_t>(sizeof info));
  EXPECT_EQ(info.ssi_signo, static_cast<std::uint32_t>(SIGUSR1));
  ::close(fd);
  ASSERT_EQ(::pthread_sigmask(SIG_SETMASK, &before, nullptr), 0);
}

TEST_P(Signals, ALogWithoutAReaderDoesNotEndTheProgram) {
  buskin::ActorSystem system(options());
  const auto scribe = system.create<Scribe>();
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  ::close(ends[0]);
  const int kept = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
  ASSERT_EQ(::dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
  const auto answer = system.ask<Read>(*scribe, 30s);  // SIGPIPE would end this process.
  ASSERT_EQ(::dup2(kept, STDERR_FILENO), STDERR_FILENO);
  ::close(kept);
  ::close(ends[1]);
  EXPECT_TRUE(answer);
}

INSTANTIATE_TEST_SUITE_P(Bases, Signals, kBases, name_of_base);

}  // namespace conformance::signals
