// namespace_test: processes in another pid namespace, as in a container that shares the folder of the systems.
#include <sched.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "world.hpp"

namespace admin_test {
namespace {

/// A client in a pid namespace of its own. It has one actor, and lives until it is killed.
class Container {
 public:
  /// Errno when the kernel gives no namespace, or 0 when the actor runs.
  int start(const buskin::SystemOptions& options) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    starter_ = ::fork();
    if (starter_ == 0) ::_exit(run(options, ends[1]));
    ::close(ends[1]);
    int said = -1;
    const ssize_t count = ::read(ends[0], &said, sizeof said);
    ::close(ends[0]);
    return count == sizeof said ? said : EIO;
  }
  /// Ends its first process, and the kernel with it all others of the namespace.
  void kill() {
    EXPECT_EQ(::kill(starter_, SIGTERM), 0);
    EXPECT_EQ(::waitpid(starter_, nullptr, 0), starter_);
  }

 private:
  static int run(const buskin::SystemOptions& options, int said) {
    if (::unshare(CLONE_NEWPID) != 0) {
      const int why = errno;
      (void)!::write(said, &why, sizeof why);
      return 1;
    }
    first_ = ::fork();
    if (first_ == 0) {
      buskin::ActorSystem system(options);
      const auto echo = system.create<Echo>();
      const int why = echo && system.ask<Ping>(*echo, 10s, "") ? 0 : EPROTO;
      (void)!::write(said, &why, sizeof why);
      buskin::test::sleep_for_ever();
    }
    ::close(said);
    std::signal(SIGTERM, [](int) { (void)::kill(first_, SIGKILL); });
    int status = 0;
    while (::waitpid(first_, &status, 0) < 0 && errno == EINTR) {
    }
    return 0;
  }

  static inline pid_t first_ = 0;
  pid_t starter_ = 0;
};

using Namespaces = World;

TEST_F(Namespaces, DeathsInAnotherOneAreRepairedWithoutANewClient) {
  (void)options();
  const int admin = tool_json({"start"})["admin"].get<int>();
  Container container;
  const int why = container.start(options());
  if (why == EPERM) {
    ::waitpid(-1, nullptr, 0);
    GTEST_SKIP() << "unshare(CLONE_NEWPID): " << std::strerror(why);
  }
  ASSERT_EQ(why, 0);
  EXPECT_GE(tool_json({"status"})["processes"].size(), 4u);  // The admin, a client, a fork server, an actor.
  container.kill();
  // The dead client's, fork server's and actor's. No process of the system lives beside the admin.
  EXPECT_TRUE(becomes([&] { return tool_json({"deaths"})["deaths"].size() >= 3; })) << tool_json({"deaths"});
  EXPECT_TRUE(becomes([&] { return tool_json({"status"})["processes"].size() == 1; })) << tool_json({"status"});
  EXPECT_FALSE(is_gone(admin));
}

}  // namespace
}  // namespace admin_test
