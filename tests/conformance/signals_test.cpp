// signals_test: signals belong to the program: the library's threads take none, and what it writes raises none.
#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "conformance.hpp"
#include "tests/support/chosen.hpp"

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
  const auto end = std::chrono::steady_clock::now() + 5s;  // A thread of a sanitizer blocks everything for ever.
  // Ends: with the first instructions of the thread, which glibc runs with all signals blocked; or with the test's
  // own time limit: the crash handler must see faults.
  while ((blocked & kFaults) != 0 && std::chrono::steady_clock::now() < end) blocked = blocked_by(thread);
  return blocked;
}

void expect_blocked(const std::string& thread) {
  const std::uint64_t blocked = settled(thread);
  if (blocked == 0 && !std::filesystem::exists(thread)) return;  // It ended while we looked.
  EXPECT_EQ(blocked & kAll, kAll) << thread;
}

class Signals : public ::testing::TestWithParam<buskin::Base> {
 protected:
  static buskin::SystemOptions options() { return private_on(GetParam()); }
};

TEST_P(Signals, ThreadsOfTheLibraryBlockThem) {
  if (buskin::test::kHasThreadSanitizer) GTEST_SKIP() << "a thread of the sanitizer blocks all signals";
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
  for (const std::string& thread : threads_of(::getpid())) {
    if (!buskin::test::kHasThreadSanitizer) (void)settled(thread);
  }
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

/// Stands in for stderr while it lives.
class StderrPipe {
 public:
  StderrPipe() : kept_(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10)) {
    EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC | O_NONBLOCK), 0);
    EXPECT_EQ(::dup2(ends_[1], STDERR_FILENO), STDERR_FILENO);
  }
  ~StderrPipe() {
    EXPECT_EQ(::dup2(kept_, STDERR_FILENO), STDERR_FILENO);
    for (const int fd : {ends_[0], ends_[1], kept_}) ::close(fd);
  }
  StderrPipe(const StderrPipe&) = delete;
  StderrPipe& operator=(const StderrPipe&) = delete;

  void close_reader() {
    ::close(ends_[0]);
    ends_[0] = -1;
  }
  /// Reads until the text has come. False after 30 s.
  bool has(const std::string& text) {
    const auto watchdog = std::chrono::steady_clock::now() + 30s;
    while (read_.find(text) == std::string::npos && std::chrono::steady_clock::now() < watchdog) {
      pollfd readable{ends_[0], POLLIN, 0};
      if (::poll(&readable, 1, 1'000) <= 0) continue;
      std::array<char, 4096> part{};
      const ssize_t count = ::read(ends_[0], part.data(), part.size());
      if (count > 0) read_.append(part.data(), static_cast<std::size_t>(count));
    }
    return read_.find(text) != std::string::npos;
  }

 private:
  std::array<int, 2> ends_{};
  int kept_;
  std::string read_;
};

TEST_P(Signals, ALogWithoutAReaderDoesNotEndTheProgram) {
  buskin::ActorSystem system(options());
  const auto scribe = system.create<Scribe>();
  StderrPipe nobody;
  nobody.close_reader();
  EXPECT_TRUE(system.ask<Read>(*scribe, 30s));  // SIGPIPE would end this process.
}

INSTANTIATE_TEST_SUITE_P(Bases, Signals, kBases, name_of_base);

/// Tells its end to the receiver of Settings.
struct Mortal : buskin::Actor<buskin::Init<Settings>, buskin::Ask<Read, Total>> {
  explicit Mortal(const Settings& settings) : heir(*settings.next()) {}
  void on(Message<Read>, ReplyTo<Total> reply) { reply(static_cast<std::uint64_t>(::getpid())); }
  void on_stop(Context& context) { context.send<Tick>(heir, 1u); }
  buskin::Address heir;
};

/// Has a handler of its own for SIGTERM.
struct Stubborn : buskin::Actor<buskin::Ask<Report, Total>, buskin::Ask<Read, Total>> {
  static void remember(int) { signals = signals + 1; }
  void on_start(Context&) { std::signal(SIGTERM, &remember); }
  void on(Message<Report>, ReplyTo<Total> reply) { reply(static_cast<std::uint64_t>(signals)); }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(static_cast<std::uint64_t>(::getpid())); }
  static inline volatile std::sig_atomic_t signals = 0;
};

/// Makes a Mortal in the place that the name says, and reports its end.
struct Guardian : buskin::Actor<buskin::Ask<Add, Total>, buskin::Ask<Read, Total>, buskin::Ask<Report, Total>,
                                buskin::ChildActorExited> {
  void on(Message<Add> add, ReplyTo<Total> reply, Context& context) {
    child = context.create<Mortal>({.place = add->by() == 0 ? buskin::own_process : buskin::shared("mortals")},
                                   context.self());
    context.request<Read>(child, 30s).then([reply = std::move(reply)](buskin::Answer<Total> answer) mutable {
      reply(answer ? answer->n() : 0u);
    });
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(gone); }
  void on(Message<Report>, ReplyTo<Total> reply) { reply(static_cast<std::uint64_t>(::getpid())); }
  void on(Message<buskin::ChildActorExited>) { ++gone; }
  Ref<Mortal> child;
  std::uint64_t gone = 0;
};

/// Signals to actor processes, so on one base only.
class SignalsToActors : public ::testing::Test {
 protected:
  void SetUp() override {
    if (buskin::test::kHasThreadSanitizer) GTEST_SKIP() << "TSan runs a handler at calls that it knows only";
  }
  static buskin::SystemOptions options() { return private_on(buskin::Base::Processes); }
  template <class A>
  pid_t pid_of(buskin::Ref<A> actor) {
    return static_cast<pid_t>(system_.ask<Read>(actor, 30s)->n());
  }
  buskin::ActorSystem system_{options()};
};

TEST_F(SignalsToActors, TermAndQuitAreExit) {
  auto inbox = system_.inbox();
  for (const int signal : {SIGTERM, SIGQUIT}) {
    for (const auto& place : {buskin::own_process, buskin::shared("mortals")}) {
      const auto mortal = system_.create<Mortal>({.place = place}, inbox.address());
      ASSERT_EQ(::kill(pid_of(*mortal), signal), 0);
      std::size_t stops = 0;
      ASSERT_TRUE(inbox.wait(30s)) << signal;
      inbox.poll([&](buskin::AnyMessage& message) { stops += message.as<Tick>() != nullptr; });
      EXPECT_EQ(stops, 1u);  // on_stop has run.
      const auto after = system_.ask<Read>(*mortal, 30s);
      // It was not restarted: the question found it at its end, or after it.
      const buskin::Code code = after.error().code();
      EXPECT_TRUE(code == buskin::Code::NoSuchActor || code == buskin::Code::ActorDied) << after.error().what();
    }
  }
}

TEST_F(SignalsToActors, TheParentIsNotifiedOnceOfAnExitByTerm) {
  const auto guardian = system_.create<Guardian>();
  for (std::uint64_t kind = 0; kind < 2; ++kind) {
    const auto pid = static_cast<pid_t>(system_.ask<Add>(*guardian, 30s, kind)->n());
    ASSERT_GT(pid, 1);
    ASSERT_EQ(::kill(pid, SIGTERM), 0);
    // Ends: when the notice is there, or with the test's own time limit.
    while (system_.ask<Read>(*guardian, 30s)->n() <= kind) {
    }
    EXPECT_EQ(system_.ask<Read>(*guardian, 30s)->n(), kind + 1);
  }
}

TEST_F(SignalsToActors, TermEndsTheChildrenToo) {
  const auto guardian = system_.create<Guardian>();
  const auto child = static_cast<pid_t>(system_.ask<Add>(*guardian, 30s, std::uint64_t{0})->n());
  ASSERT_GT(child, 1);
  ASSERT_EQ(::kill(static_cast<pid_t>(system_.ask<Report>(*guardian, 30s)->n()), SIGTERM), 0);
  // Ends: when the child's process is gone, or with the test's own time limit.
  while (::kill(child, 0) == 0) std::this_thread::yield();
}

TEST_F(SignalsToActors, OthersAreLoggedAndChangeNothing) {
  const auto teller = system_.create<Teller>();
  const pid_t pid = pid_of(*teller);
  StderrPipe log;
  for (const int signal : {SIGHUP, SIGINT, SIGUSR2}) {
    ASSERT_EQ(::kill(pid, signal), 0);
    EXPECT_TRUE(log.has(std::string("got SIG") + ::sigabbrev_np(signal))) << signal;
  }
  ASSERT_EQ(::kill(pid, SIGUSR1), 0);
  EXPECT_TRUE(log.has("0 messages and 0 replies wait, 0 restarts"));
  EXPECT_EQ(pid_of(*teller), pid);
}

TEST_F(SignalsToActors, AHandlerOfTheProgramWins) {
  const auto stubborn = system_.create<Stubborn>();
  const pid_t pid = pid_of(*stubborn);
  ASSERT_EQ(::kill(pid, SIGTERM), 0);
  // Ends: when its handler has run, or with the test's own time limit.
  while (system_.ask<Report>(*stubborn, 30s)->n() == 0) {
  }
  EXPECT_EQ(pid_of(*stubborn), pid);
}

}  // namespace conformance::signals
