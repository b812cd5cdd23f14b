// limits_test: no more tasks, descriptors or address space: a sentence that names the limit, and the living go on.
#include <sys/resource.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "world.hpp"

namespace admin_test {
namespace {

constexpr unsigned kReturnsWithin_s = 30;  ///< A call that does not return ends its child by SIGALRM.

bool has(const std::string& sentence, const std::string& part) {
  if (sentence.find(part) != std::string::npos) return true;
  std::fprintf(stderr, "'%s' lacks '%s'\n", sentence.c_str(), part.c_str());
  return false;
}

/// A cgroup that counts the tasks of a child and of the system that the child starts. The test moves the limit.
class PidsGroup {
 public:
  PidsGroup() {
    for (const char* const root : {"/sys/fs/cgroup/pids", "/sys/fs/cgroup"}) {
      folder_ = std::string(root) + "/buskin-test-" + std::to_string(::getpid());
      if (::mkdir(folder_.c_str(), 0755) != 0) {
        refusal_ = "mkdir " + folder_ + ": " + std::strerror(errno);
        continue;
      }
      if (::access((folder_ + "/pids.max").c_str(), W_OK) == 0) {
        refusal_.clear();
        return;
      }
      refusal_ = folder_ + "/pids.max: " + std::strerror(errno);
      ::rmdir(folder_.c_str());
    }
  }
  PidsGroup(const PidsGroup&) = delete;
  PidsGroup& operator=(const PidsGroup&) = delete;
  /// After the last process has left it.
  ~PidsGroup() {
    if (!refusal_.empty()) return;
    EXPECT_TRUE(becomes([&] { return ::rmdir(folder_.c_str()) == 0; })) << folder_;
  }

  /// Why there is none; empty when there is one.
  const std::string& refusal() const { return refusal_; }
  bool enter() const { return write("cgroup.procs", std::to_string(::getpid())); }
  bool set_max(long tasks) const { return write("pids.max", std::to_string(tasks)); }
  long count() const { return std::strtol(whole_file(folder_ + "/pids.current").c_str(), nullptr, 10); }

 private:
  bool write(const std::string& file, const std::string& text) const {
    std::ofstream out(folder_ + "/" + file);
    out << text;
    return static_cast<bool>(out.flush());
  }

  std::string folder_;
  std::string refusal_;
};

bool set_limit(__rlimit_resource resource, rlim_t value) {
  const rlimit limit{value, value};
  return ::setrlimit(resource, &limit) == 0;
}

class Limits : public World {
 protected:
  /// Runs `body` in a child, where it may lower limits. Ends the system that the child leaves.
  int in_child(const std::function<int()>& body) {
    buskin::test::Child child([&] {
      ::alarm(kReturnsWithin_s);
      try {
        return body();
      } catch (const std::exception& fault) {
        std::fprintf(stderr, "%s\n", fault.what());
        return 2;
      }
    });
    const int code = child.wait();
    (void)tool({"stop", "--deadline", "1"});
    return code;
  }
  /// Creates an actor of `options` and asks it. Returns why that is not possible; empty when it is.
  static std::string use(buskin::ActorSystem& system, const buskin::CreateOptions& options = {}) {
    const auto made = system.create<Echo>(options);
    if (!made.ok()) return std::string(buskin::to_string(made.error().code())) + ": " + made.error().what();
    const auto pong = system.ask<Ping>(*made, 10s, "");
    return pong.ok() ? "" : pong.error().what();
  }
  /// What a program sees that starts a system and uses an actor of it.
  static std::string use(const buskin::SystemOptions& options) {
    try {
      buskin::ActorSystem system(options);
      return use(system);
    } catch (const std::exception& fault) {
      return fault.what();
    }
  }
};

TEST_F(Limits, WithoutTasksCreateNamesPidsMaxAndTheOthersLive) {
  const PidsGroup group;
  if (!group.refusal().empty()) GTEST_SKIP() << group.refusal();
  EXPECT_EQ(in_child([&] {
    BUSKIN_REQUIRE(group.enter());
    buskin::ActorSystem system(options());
    const auto first = system.create<Echo>();
    BUSKIN_REQUIRE(first.ok());
    // Below the present count no process can be forked, at it none can have a thread, above it a shared one too few.
    for (long more = -1; more <= 2; ++more) {
      for (const bool is_shared : {false, true}) {
        BUSKIN_REQUIRE(group.set_max(group.count() + more));
        buskin::CreateOptions options;
        if (is_shared) options.place = buskin::shared("place");
        const std::string refused = use(system, options);
        BUSKIN_REQUIRE(refused.empty() || has(refused, "start_failed: "));
        BUSKIN_REQUIRE(refused.empty() || has(refused, "pids.max of "));
        BUSKIN_REQUIRE(more > 0 || !refused.empty());
        BUSKIN_REQUIRE(group.set_max(10'000));
        BUSKIN_REQUIRE(system.ask<Ping>(*first, 10s, "").ok());
      }
    }
    BUSKIN_REQUIRE(use(system) == "");
    return 0;
  }), 0);
}

TEST_F(Limits, ARestartWithoutTasksWaitsAndCountsOnce) {
  const PidsGroup group;
  if (!group.refusal().empty()) GTEST_SKIP() << group.refusal();
  EXPECT_EQ(in_child([&] {
    BUSKIN_REQUIRE(group.enter());
    buskin::ActorSystem system(options());
    for (const bool is_shared : {false, true}) {
      buskin::CreateOptions create;
      if (is_shared) create.place = buskin::shared("place");
      create.supervise.restarts = 1;
      const auto echo = system.create<Echo>(create);
      BUSKIN_REQUIRE(echo.ok());
      const int pid = pid_of(system, *echo);
      BUSKIN_REQUIRE(group.set_max(1));
      const auto mark = std::filesystem::file_size(folder_.file("buskin.root.default.log"));
      BUSKIN_REQUIRE(::kill(pid, SIGKILL) == 0);
      const std::string fault = "no process could be forked for it";
      const auto refusals = [&] {
        const std::string log = whole_file(folder_.file("buskin.root.default.log")).substr(mark);
        std::size_t count = 0;
        for (std::size_t at = log.find(fault); at != std::string::npos; at = log.find(fault, at + 1)) ++count;
        return count;
      };
      BUSKIN_REQUIRE(becomes([&] { return refusals() >= 2; }));
      BUSKIN_REQUIRE(group.set_max(10'000));
      BUSKIN_REQUIRE(pid_of(system, *echo) != pid);
      BUSKIN_REQUIRE(refusals() < 20);  // It pauses between two tries.
      const Json shown = tool_json({"ps"});
      for (const Json& actor : shown["actors"]) BUSKIN_REQUIRE(actor["restarts"].get<int>() <= 1);
    }
    return 0;
  }), 0);
}

TEST_F(Limits, WithoutTasksThreadsOfOneProcessAreRefusedWithASentence) {
  const PidsGroup group;
  if (!group.refusal().empty()) GTEST_SKIP() << group.refusal();
  EXPECT_EQ(in_child([&] {
    BUSKIN_REQUIRE(group.enter());
    buskin::SystemOptions local;
    local.base = buskin::Base::Threads;
    buskin::ActorSystem system(local);
    buskin::CreateOptions own;
    own.run.own_thread = true;
    auto inbox = system.inbox();
    for (long more = 0; more <= 1; ++more) {
      BUSKIN_REQUIRE(group.set_max(group.count() + more));
      const std::string shared = use(system);
      BUSKIN_REQUIRE(has(shared, "start_failed: cannot start a thread") && has(shared, "pids.max of "));
    }
    BUSKIN_REQUIRE(group.set_max(group.count()));
    const std::string alone = use(system, own);
    BUSKIN_REQUIRE(has(alone, "start_failed: cannot start a thread") && has(alone, "pids.max of "));
    std::string watched;
    try {
      (void)inbox.fd();
    } catch (const std::exception& refused) {
      watched = refused.what();
    }
    BUSKIN_REQUIRE(has(watched, "pids.max of "));
    BUSKIN_REQUIRE(group.set_max(10'000));
    BUSKIN_REQUIRE(use(system) == "" && use(system, own) == "" && inbox.fd() >= 0);
    return 0;
  }), 0);
}

TEST_F(Limits, WithFewDescriptorsThereIsASystemOrASentence) {
  bool is_started = false;
  for (const rlim_t count : {4u, 5u, 6u, 7u, 8u, 10u, 12u, 14u, 16u, 24u}) {
    const int code = in_child([&] {
      BUSKIN_REQUIRE(set_limit(RLIMIT_NOFILE, count));
      const std::string refused = use(options());
      if (refused.empty()) return 77;
      BUSKIN_REQUIRE(has(refused, "`ulimit -n` is " + std::to_string(count)));
      return 0;
    });
    EXPECT_TRUE(code == 0 || code == 77) << code << " with " << count;
    is_started = is_started || code == 77;
    EXPECT_FALSE(std::filesystem::exists(folder_.file("buskin.root.default"))) << count;
  }
  EXPECT_TRUE(is_started);
}

TEST_F(Limits, AForkServerWithoutDescriptorsRefusesUntilItsChildrenEnd) {
  EXPECT_EQ(in_child([&] {
    BUSKIN_REQUIRE(set_limit(RLIMIT_NOFILE, 30));
    buskin::ActorSystem system(options());
    std::vector<buskin::Ref<Echo>> all;
    std::string refused;
    while (refused.empty()) {  // Ends: each process takes a descriptor of 30.
      const auto made = system.create<Echo>();
      if (made.ok()) {
        all.push_back(*made);
      } else {
        refused = made.error().what();
      }
    }
    BUSKIN_REQUIRE(has(refused, "`ulimit -n` is 30"));
    BUSKIN_REQUIRE(all.size() > 2);
    for (const auto& one : all) BUSKIN_REQUIRE(system.ask<Ping>(one, 10s, "").ok());
    system.exit(all.back());
    BUSKIN_REQUIRE(becomes([&] { return use(system) == ""; }));
    return 0;
  }), 0);
}

TEST_F(Limits, AnInboxWithoutDescriptorsSaysSoAndTriesAgain) {
  EXPECT_EQ(in_child([&] {
    buskin::SystemOptions local;
    local.base = buskin::Base::Threads;
    buskin::ActorSystem system(local);
    auto inbox = system.inbox();
    rlimit before{};
    BUSKIN_REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const rlimit none{3, before.rlim_max};
    BUSKIN_REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    std::string refused;
    try {
      (void)inbox.fd();
    } catch (const std::exception& fault) {
      refused = fault.what();
    }
    BUSKIN_REQUIRE(has(refused, "`ulimit -n` is 3"));
    BUSKIN_REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    BUSKIN_REQUIRE(inbox.fd() >= 0);
    return 0;
  }), 0);
}

TEST_F(Limits, WithLittleAddressSpaceTheSentenceOffersLessMemory) {
  constexpr rlim_t kBytes = rlim_t{3} << 30;
  for (const auto base : {buskin::Base::Processes, buskin::Base::Threads, buskin::Base::Sequential}) {
    buskin::SystemOptions limited = options();
    limited.base = base;
    EXPECT_EQ(in_child([&] {
      BUSKIN_REQUIRE(set_limit(RLIMIT_AS, kBytes));
      const std::string refused = use(limited);
      BUSKIN_REQUIRE(has(refused, "`ulimit -v` is 3145728; a system with less memory_max needs less"));
      BUSKIN_REQUIRE(::setenv("BUSKIN_MEMORY", "16M", 1) == 0);
      BUSKIN_REQUIRE(use(limited) == "");
      return 0;
    }), 0) << static_cast<int>(base);
  }
  // A client that comes to a system that is too large for it.
  ASSERT_EQ(tool({"start"}).code, 0);
  EXPECT_EQ(in_child([&] {
    BUSKIN_REQUIRE(set_limit(RLIMIT_AS, kBytes));
    BUSKIN_REQUIRE(has(refusal(options()), "`ulimit -v` is 3145728; a system with less memory_max needs less"));
    BUSKIN_REQUIRE(has(tool({"status"}).err, "`ulimit -v` is 3145728"));
    return 0;
  }), 0);
}

TEST_F(Limits, AClientOfASmallSystemRunsUnderValgrind) {
  const char* const valgrind = "/usr/bin/valgrind";
  if (::access(valgrind, X_OK) != 0) GTEST_SKIP() << valgrind << ": " << std::strerror(errno);
  ASSERT_EQ(::setenv("BUSKIN_MEMORY", "16M", 1), 0);
  const std::string hello = std::filesystem::path(BUSKIN_TEST_BUILD_DIR) / "examples" / "hello";
  const auto seen = test_support::run({.arguments = {valgrind, "--error-exitcode=9", "--leak-check=no", hello}});
  ::unsetenv("BUSKIN_MEMORY");
  EXPECT_EQ(seen.code, 0) << seen.err;
  EXPECT_EQ(seen.out, test_support::run({.arguments = {hello}}).out);
}

}  // namespace
}  // namespace admin_test
