// World: a folder of systems for one test, the tool to look at them, and actors that answer with their process.
#pragma once

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "buskin/buskin.hpp"
#include "pings_generated.h"
#include "shm/os/process.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/subprocess.hpp"

namespace admin_test {

using namespace std::chrono_literals;
using namespace pings;
using Json = nlohmann::json;

/// Answers with the number of its process, and prints the text if there is one.
struct Echo : buskin::Actor<buskin::Ask<Ping, Pong>> {
  void on(Message<Ping> ping, ReplyTo<Pong> reply) {
    if (ping->text()->size() != 0) std::puts(ping->text()->c_str());
    std::fflush(stdout);
    reply(::getpid());
  }
};

constexpr auto kWatchdog = 20s;

/// Asks again until the condition holds. False at the watchdog's end.
inline bool becomes(const std::function<bool()>& is_so) {
  const auto end = std::chrono::steady_clock::now() + kWatchdog;
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(1ms);  // Between two looks.
  }
  return true;
}

/// Asks the kernel. A zombie counts as gone.
inline bool is_gone(int pid) {
  const int pidfd = buskin::shm::open_pidfd(pid);
  if (pidfd < 0) return true;
  const bool is_alive = buskin::shm::pidfd_alive(pidfd);
  ::close(pidfd);
  return !is_alive;
}

inline std::string command_line(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary);
  std::string text;
  std::getline(file, text, '\0');
  return text;
}

inline std::string whole_file(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class World : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::setenv("BUSKIN_DIR", folder_.path().c_str(), 1), 0);
    ASSERT_EQ(::setenv("BUSKIN_LINGER", "0.2", 1), 0);
  }
  void TearDown() override {
    names_.push_back("default");  // Clients in processes of their own use this system.
    for (const std::string& name : names_) (void)tool({"stop", "--deadline", "1", "--name", name});
    for (const char* variable : {"BUSKIN_DIR", "BUSKIN_LINGER", "BUSKIN_ADMIN"}) ::unsetenv(variable);
  }

  buskin::SystemOptions options(const std::string& name = "default") {
    names_.push_back(name);
    buskin::SystemOptions made;
    made.name = name;
    return made;
  }
  test_support::Outcome tool(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), std::string(BUSKIN_TEST_BUILD_DIR) + "/bin/buskin");
    return test_support::run({.arguments = std::move(arguments)});
  }
  Json tool_json(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    const test_support::Outcome outcome = tool(std::move(arguments));
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return Json::parse(outcome.out, nullptr, false);
  }
  /// The record of a process's death, once there is one.
  Json death_of(int pid) {
    Json mine;
    EXPECT_TRUE(becomes([&] {
      const Json all = tool_json({"deaths"});
      for (const Json& death : all["deaths"]) {
        if (death["pid"] == pid) mine = death;
      }
      return !mine.is_null();
    })) << pid;
    return mine;
  }
  /// Counts the processes of the system without the test itself.
  std::vector<int> pids() {
    std::vector<int> found;
    const Json status = tool_json({"status"});
    for (const Json& process : status["processes"]) {
      const int pid = process["pid"].get<int>();
      if (pid != ::getpid()) found.push_back(pid);
    }
    return found;
  }
  /// Files of systems, but for their logs, which stay.
  std::size_t files_count() const { return folder_.files_besides_logs(); }
  int pid_of(buskin::ActorSystem& system, buskin::Ref<Echo> echo, const char* text = "") {
    const auto pong = system.ask<Ping>(echo, 10s, text);
    EXPECT_TRUE(pong.ok()) << pong.error().what();
    return pong.ok() ? pong->pid() : 0;
  }
  /// Why no system could be started; empty when one was.
  static std::string refusal(const buskin::SystemOptions& options) {
    try {
      const buskin::ActorSystem system(options);
      return {};
    } catch (const std::exception& fault) {
      return fault.what();
    }
  }

  buskin::test::ScratchFolder folder_;
  std::vector<std::string> names_;
};

}  // namespace admin_test
