// Standby: fork first, so that the copy has one thread, no mapping and no lock; or execute the program again.
#include "api/runtime/fork_server/standby.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>

#include "api/runtime/launch/descriptor.hpp"
#include "api/runtime/launch/identity.hpp"
#include "api/runtime/launch/launch.hpp"
#include "api/runtime/start/admin_process.hpp"
#include "api/runtime/start/admin_start.hpp"
#include "buskin/options.hpp"
#include "shm/base/check.hpp"
#include "shm/base/clock.hpp"
#include "shm/os/process.hpp"
#include "shm/segment/read_only_segment.hpp"

namespace buskin::runtime {

namespace {

constexpr int kLookAgain_ms = 200;  ///< Between two looks while there is no admin that could be watched; doubled,
constexpr int kLookMax_ms = 2'000;  ///< up to this, while none can be started.
constexpr std::uint64_t kRenewPause_ns = 1'000'000'000;

/// Several standbys may come here at once; the start lock lets one of them start the admin.
void start_another_admin(const SystemPaths& paths) {
  try {
    replace_dead_admin(paths, {});
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
  }
}

/// A pidfd of the system's admin; none when no admin lives. The mapping is dropped again: a standby keeps none.
Descriptor open_admin(const SystemPaths& paths) {
  const auto segment = shm::ReadOnlySegment::attach(paths.segment);
  return segment.ok() ? runtime::open_admin(segment.value(), paths) : Descriptor(-1);
}

/// Executes this program again in a forked child: all that is called here is async-signal-safe.
[[noreturn]] void execute(const char* path, const std::vector<char*>& arguments) {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::close_range(STDERR_FILENO + 1, ~0u, 0);
  ::execv(path, arguments.data());
  ::_exit(127);
}

/// Waits for the death of the server.
void stand_by(const SystemPaths& paths, const Descriptor& server) {
  shm::set_process_title("buskin: standby");
  // Ends: with the death of the server; one that ends in order ends its standby too.
  for (int pause_ms = kLookAgain_ms;;) {
    const Descriptor admin = open_admin(paths);
    std::array<pollfd, 2> watched{pollfd{server.fd(), POLLIN, 0}, pollfd{admin.fd(), POLLIN, 0}};
    const int ready = ::poll(watched.data(), watched.size(), admin.fd() < 0 ? pause_ms : -1);
    pause_ms = admin.fd() < 0 ? std::min(2 * pause_ms, kLookMax_ms) : kLookAgain_ms;
    if (ready < 0 && errno != EINTR) return;
    if ((watched[0].revents & POLLIN) != 0) return;
    if (admin.fd() < 0 || (watched[1].revents & POLLIN) != 0) start_another_admin(paths);
  }
}

}  // namespace

Standby::~Standby() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  (void)::waitpid(pid_, nullptr, 0);
}

std::uint64_t Standby::due_ns() const { return pid_ > 0 ? shm::kNever_ns : due_ns_; }

void Standby::renew(std::uint64_t now_ns, const std::function<pid_t()>& fork_alone) {
  BUSKIN_CHECK(pid_ <= 0);  // The process of before would never be ended.
  due_ns_ = now_ns + kRenewPause_ns;
  std::vector<std::string> command = command_;
  command.push_back(kStandbyArgument + std::to_string(::getpid()));
  std::vector<char*> arguments;
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  const std::string path = path_to_execute();
  pid_ = fork_alone();
  if (pid_ == 0) execute(path.c_str(), arguments);
}

int serve_with_standby(const SystemPaths& paths, const std::vector<std::string>& command, pid_t server,
                       const std::function<int(Standby&)>& serve) {
  if (server != 0) {
    forget_ready();
    const Descriptor watched(shm::open_pidfd(server));
    // Another parent means that the server was dead before we could watch it.
    if (::getppid() == server) {
      (void)checked_descriptor(watched.fd(), "a pidfd");
      stand_by(paths, watched);
    }
  }
  // Ends: the server that serves now returns; a standby goes on only when its server is dead.
  for (;;) {
    shm::set_process_title("buskin: fork server");
    // Without it a standby would never notice our death.
    const Descriptor self(checked_descriptor(shm::open_pidfd(::getpid()), "a pidfd"));
    const pid_t pid = ::fork();
    if (pid != 0) {
      Standby standby(pid, command);
      return serve(standby);
    }
    forget_ready();
    stand_by(paths, self);
  }
}

}  // namespace buskin::runtime
