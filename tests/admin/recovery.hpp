// Recovery: a World whose processes are killed.
#pragma once

#include <filesystem>
#include <fstream>

#include "shm/actor/actors.hpp"
#include "shm/mailbox/send.hpp"
#include "world.hpp"

namespace admin_test {

class RecoveryWorld : public World {
 protected:
  int admin() { return tool_json({"status"})["admin"].get<int>(); }
  int pid_with(const std::string& role) {
    const Json status = tool_json({"status"});
    for (const Json& process : status["processes"]) {
      if (process["role"] == role) return process["pid"].get<int>();
    }
    return 0;
  }
  /// Kills it, and waits until the kernel reports its end.
  static void kill_now(int pid) {
    ASSERT_GT(pid, 0);
    ASSERT_EQ(::kill(pid, SIGKILL), 0);
    ASSERT_TRUE(becomes([&] { return is_gone(pid); }));
  }
  /// The number of messages in the mailboxes of a process.
  std::size_t mail_of(int pid) {
    const auto segment = buskin::shm::Segment::attach(folder_.file("buskin.root.default"));
    std::size_t count = 0;
    if (!segment.ok()) return count;
    buskin::shm::for_each_actor(segment.value(), [&](buskin::shm::ActorId id, buskin::shm::LifeWord life) {
      if (life.host == buskin::shm::ProcessIndex::None) return;
      // relaxed: the process has joined.
      if (static_cast<int>(segment.value().process(life.host).pid.read()) != pid) return;
      count += buskin::shm::pending_count(segment.value(), id.index, buskin::shm::Lane::Messages);
    });
    return count;
  }
  /// How often `buskin ps` says that the actor was restarted; -1 when it is not there.
  int restarts_of(buskin::Address actor) {
    const Json shown = tool_json({"ps"});
    for (const Json& one : shown["actors"]) {
      if (one["index"] == actor.index()) return one["restarts"].get<int>();
    }
    return -1;
  }
  bool has_new_admin(int former) {
    return becomes([&] {
      const int now = admin();
      return now != 0 && now != former;
    });
  }
  /// Kills all at once: stopped processes cannot replace the others.
  void kill_system(buskin::test::Child& client) {
    const std::vector<int> members = pids();
    for (const int pid : members) ::kill(pid, SIGSTOP);
    std::vector<int> all = standbys();
    all.insert(all.end(), members.begin(), members.end());
    for (const int pid : all) ::kill(pid, SIGKILL);
    client.kill();
    for (const int pid : all) EXPECT_TRUE(becomes([&] { return is_gone(pid); }));
  }
  std::vector<int> standbys() const {
    std::vector<int> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const int pid = std::atoi(entry.path().filename().c_str());
      if (pid > 0 && command_line(pid) == "buskin: standby" && belongs_here(pid)) found.push_back(pid);
    }
    return found;
  }
  void kill_fork_server_and_standby() {
    const int server = pid_with("fork server");
    ASSERT_GT(server, 0);
    ASSERT_EQ(::kill(server, SIGSTOP), 0);  // It would start another one.
    for (const int pid : standbys()) kill_now(pid);
    kill_now(server);
  }
  /// True for a process of this test: its output goes to a log in our folder.
  bool belongs_here(int pid) const {
    std::error_code fault;
    const std::filesystem::path output = std::filesystem::path("/proc") / std::to_string(pid) / "fd" / "2";
    return std::filesystem::read_symlink(output, fault).string().starts_with(folder_.path());
  }
  void expect_clean() {
    Json report;
    EXPECT_TRUE(becomes([&] {
      report = Json::parse(tool({"fsck", "--json"}).out, nullptr, false);
      return report["ok"] == true;
    })) << report.dump();
  }
};

}  // namespace admin_test
