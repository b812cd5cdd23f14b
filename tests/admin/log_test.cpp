// log_test: what actors print and log holds up nobody, comes to the log, and outlives the system.
#include <fcntl.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>

#include "recovery.hpp"
#include "tests/support/chosen.hpp"
#include "tests/support/scoped_variable.hpp"

namespace admin_test {

using buskin::test::ScopedVariable;

/// Writes lines that are numbered, some at a time, and answers in between.
struct Talker : buskin::Actor<buskin::Ask<Ping, Pong>, Write, Crash> {
  static constexpr int kSlice = 500;

  void on(Message<Ping>, ReplyTo<Pong> reply) { reply(written); }

  void on(Message<Write> write, Context& context) {
    const int end = std::min(write->from() + kSlice, write->end());
    for (int i = write->from(); i < end; ++i) {
      if (write->printed()) {
        std::printf("printed line %d\n", i);
      } else {
        context.log(buskin::Level::Info, "line " + std::to_string(i));
      }
    }
    if (write->printed()) std::fflush(stdout);
    written = end;
    if (end < write->end()) context.send<Write>(context.self(), end, write->end(), write->printed());
  }

  void on(Message<Crash> crash) {
    std::fprintf(stderr, "%s\nhalf a line", crash->sentence()->c_str());
    std::abort();
  }

  int written = 0;
};

namespace {

class Log : public RecoveryWorld {
 protected:
  /// The errors of clients in this process would be drowned in what actors print.
  void SetUp() override {
    RecoveryWorld::SetUp();
    errors_ = ::dup(STDERR_FILENO);
    const int console = ::open(console_.c_str(), O_RDWR | O_CREAT | O_APPEND, 0600);
    ASSERT_EQ(::dup2(console, STDERR_FILENO), STDERR_FILENO);
    ::close(console);
  }
  void TearDown() override {
    (void)resume_all();
    RecoveryWorld::TearDown();
    ::dup2(errors_, STDERR_FILENO);
    ::close(errors_);
  }

  /// Stops admin, fork server and standby.
  void stop_all() {
    stopped_ = standbys();
    stopped_.push_back(pid_with("fork server"));
    stopped_.push_back(admin());
    EXPECT_EQ(stopped_.size(), 3u);
    for (const int pid : stopped_) EXPECT_EQ(::kill(pid, SIGSTOP), 0);
  }
  bool resume_all() {
    for (const int pid : stopped_) ::kill(pid, SIGCONT);
    stopped_.clear();
    return true;
  }

  int pid_with_title(const std::string& title) {
    const Json status = tool_json({"status"});
    for (const Json& process : status["processes"]) {
      if (process["title"] == title) return process["pid"].get<int>();
    }
    return 0;
  }
  std::string log_text() { return tool({"log"}).out; }
  bool log_gets(const std::string& text) {
    return becomes([&] { return log_text().find(text) != std::string::npos; });
  }
  static std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
  }
  std::uint64_t dropped() { return tool_json({"status"})["counters"]["log_dropped"].get<std::uint64_t>(); }
  static int lines_of(buskin::ActorSystem& system, const buskin::Ref<Talker>& talker) {
    const auto pong = system.ask<Ping>(talker, 10s, "");
    EXPECT_TRUE(pong.ok()) << pong.error().what();
    return pong.ok() ? pong->pid() : -1;
  }

  /// With all who read stopped, the actor writes a million lines and answers meanwhile.
  void expect_free_of_readers(bool is_printed) {
    constexpr int kLines = 1'000'000;
    constexpr std::size_t kAsks = 100;
    buskin::ActorSystem system(options());
    const auto talker = system.create<Talker>();
    ASSERT_EQ(lines_of(system, *talker), 0);
    stop_all();
    system.send<Write>(*talker, 0, kLines, is_printed);
    std::vector<std::chrono::nanoseconds> times;
    for (int written = 0; written < kLines || times.size() < kAsks;) {
      const auto begin = std::chrono::steady_clock::now();
      written = lines_of(system, *talker);
      ASSERT_GE(written, 0);
      times.push_back(std::chrono::steady_clock::now() - begin);
    }
    std::sort(times.begin(), times.end());
    const auto median = times[times.size() / 2];
    std::printf("%zu answers while %d lines were %s: median %lld us, longest %lld us\n", times.size(), kLines,
                is_printed ? "printed" : "logged", static_cast<long long>(median.count() / 1'000),
                static_cast<long long>(times.back().count() / 1'000));
    EXPECT_LT(median, buskin::test::kIsSanitized ? 1s : 10ms);
    EXPECT_GT(dropped(), 0u);
    resume_all();
    EXPECT_TRUE(log_gets("line " + std::to_string(kLines - 1) + "\n"));
    EXPECT_TRUE(log_gets(" lines were dropped here"));
  }

  std::string console_ = folder_.file("console");
  int errors_ = -1;
  std::vector<int> stopped_;
};

TEST_F(Log, AnActorThatLogsWaitsForNoReader) { expect_free_of_readers(false); }

TEST_F(Log, AnActorThatPrintsWaitsForNoReader) { expect_free_of_readers(true); }

TEST_F(Log, EachLineComesOnceAndInOrderWhereReadersKeepUp) {
  constexpr int kLines = 2'000;
  buskin::ActorSystem system(options());
  const auto talker = system.create<Talker>();
  for (int from = 0; from < kLines; from += 200) {
    system.send<Write>(*talker, from, from + 200, from % 400 == 0);
    ASSERT_TRUE(log_gets("line " + std::to_string(from + 199) + "\n"));
  }
  const std::string text = log_text();
  std::size_t at = 0;
  for (int i = 0; i < kLines; ++i) {
    const std::string line = "line " + std::to_string(i) + "\n";
    EXPECT_EQ(count_of(text, line), 1u) << line;
    EXPECT_GE(text.find(line), at);
    at = text.find(line);
  }
  EXPECT_EQ(dropped(), 0u);
}

TEST_F(Log, WhatWasWrittenBeforeACrashIsThereThoughNobodyReadThen) {
  buskin::ActorSystem system(options());
  const auto talker = system.create<Talker>();
  ASSERT_EQ(lines_of(system, *talker), 0);
  const std::string title = "Talker " + std::to_string(talker->address().index());
  const int pid = pid_with_title(title);
  stop_all();
  system.send<Write>(*talker, 0, 3, false);
  system.send<Crash>(*talker, "the reason of the crash");
  ASSERT_TRUE(becomes([&] { return is_gone(pid); }));
  resume_all();
  // The process took the first line itself, or its fork server did: so they need not stand side by side.
  EXPECT_TRUE(log_gets(title + ": the reason of the crash\n"));
  EXPECT_TRUE(log_gets(title + ": half a line\n"));
  EXPECT_TRUE(log_gets("line 2\n"));
}

TEST_F(Log, LinesWrittenWithoutAnAdminComeToTheLogOfTheNextOneOnce) {
  buskin::ActorSystem system(options());
  const auto talker = system.create<Talker>();
  ASSERT_EQ(lines_of(system, *talker), 0);
  const int former = admin();
  ASSERT_EQ(::kill(former, SIGSTOP), 0);
  system.send<Write>(*talker, 0, 100, false);
  ASSERT_EQ(lines_of(system, *talker), 100);
  kill_now(former);
  ASSERT_TRUE(has_new_admin(former));
  EXPECT_TRUE(log_gets("line 99\n"));
  EXPECT_EQ(count_of(log_text(), "line "), 100u);
}

TEST_F(Log, TheFilesAreAsLargeAndAsManyAsTheOptionsSayAlsoForTheNextAdmin) {
  buskin::SystemOptions small = options();
  small.log_bytes = 4'096;
  small.log_files = 2;
  buskin::ActorSystem system(small);
  const auto talker = system.create<Talker>();
  const auto expect_files = [&](int from) {
    system.send<Write>(*talker, from, from + 1'000, false);
    ASSERT_TRUE(log_gets("line " + std::to_string(from + 999) + "\n"));
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      if (entry.path().extension() != ".log") continue;
      ++files;
      EXPECT_LE(entry.file_size(), 8'192u) << entry.path();
    }
    EXPECT_EQ(files, 2u);
  };
  expect_files(0);
  const int former = admin();
  kill_now(former);
  ASSERT_TRUE(has_new_admin(former));
  expect_files(1'000);
}

TEST_F(Log, LogAndDeathsOutliveTheSystemInTheFolderThatWasChosen) {
  const ScopedVariable logs("BUSKIN_LOGS", folder_.file("logs"));
  ASSERT_TRUE(std::filesystem::create_directory(folder_.file("logs")));
  {
    buskin::ActorSystem system(options("brief"));
    const auto echo = system.create<Echo>();
    const int pid = pid_of(system, *echo, "a line that stays");
    ASSERT_EQ(::kill(pid, SIGKILL), 0);
    ASSERT_TRUE(becomes([&] { return !tool_json({"deaths", "brief"})["deaths"].empty(); }));
    EXPECT_EQ(tool({"stop", "--name", "brief"}).code, 0);
  }
  EXPECT_NE(tool({"status", "--name", "brief"}).code, 0);
  EXPECT_NE(tool({"log", "brief"}).out.find(": a line that stays\n"), std::string::npos);
  EXPECT_EQ(tool_json({"deaths", "brief"})["deaths"].size(), 1u);
  const Json last = tool_json({"log", "brief", "--lines", "1"});
  EXPECT_EQ(last["lines"].size(), 1u);
  EXPECT_EQ(last["file"], folder_.file("logs") + "/buskin.root.brief.log");
  EXPECT_NE(tool({"log", "other"}).err.find("no system \"other\""), std::string::npos);
}

TEST_F(Log, IsKeptWhenTheSegmentIsRemovedByHand) {
  buskin::ActorSystem system(options());
  const auto echo = system.create<Echo>();
  const int pid = pid_of(system, *echo, "before the end");
  const int ruling = admin();
  ASSERT_TRUE(std::filesystem::remove(folder_.file("buskin.root.default")));
  EXPECT_TRUE(becomes([&] { return is_gone(pid) && is_gone(ruling); }));
  const std::string text = log_text();
  EXPECT_NE(text.find(": before the end\n"), std::string::npos);
  EXPECT_NE(text.find("vanished while it was in use"), std::string::npos);
}

TEST_F(Log, AClientWhoseConsoleTakesNoMoreEndsAllTheSame) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  buskin::test::Child client([&] {
    ::dup2(ends[1], STDERR_FILENO);
    buskin::ActorSystem system(options());
    const auto talker = system.create<Talker>();
    system.send<Write>(*talker, 0, 10'000, false);
    if (!becomes([&] { return lines_of(system, *talker) == 10'000; })) return 1;
    system.exit(*talker);
    return 0;
  });
  EXPECT_TRUE(becomes([&] { return is_gone(client.pid()); }));
  EXPECT_EQ(client.wait(), 0);
  for (const int end : ends) ::close(end);
}

}  // namespace
}  // namespace admin_test
