// refusal_test: a system that cannot start says why in a sentence, and leaves nothing behind.
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cstddef>

#include "api/runtime/system/processes_system.hpp"
#include "buskin/detail/actor_info.hpp"
#include "world.hpp"

namespace admin_test {

struct ThrowsInConstructor : buskin::Actor<buskin::Ask<Ping, Pong>> {
  ThrowsInConstructor() { throw std::runtime_error("no start today"); }
  void on(Message<Ping>, ReplyTo<Pong>) {}
};

struct ExitsInConstructor : buskin::Actor<buskin::Ask<Ping, Pong>> {
  ExitsInConstructor() { ::_exit(7); }
  void on(Message<Ping>, ReplyTo<Pong>) {}
};

namespace {

using Refusal = World;

/// Empty when `part` is in `sentence`; otherwise the sentence.
std::string unless_has(const std::string& sentence, const std::string& part) {
  if (sentence.find(part) != std::string::npos) return {};
  return "'" + sentence + "' lacks '" + part + "'";
}

std::string segment_of(const buskin::test::ScratchFolder& folder) {
  const passwd* const user = ::getpwuid(::getuid());
  return folder.file(std::string("buskin.") + (user != nullptr ? user->pw_name : "") + ".default");
}

void leave_segment(const std::string& path) {
  ASSERT_TRUE(buskin::shm::Segment::create(path, buskin::test::tiny_segment()).ok());
}

/// Runs `body` in a child with a mount namespace of its own. Returns 77 when the kernel refuses one.
int with_tiny_folder(const std::string& folder, const std::function<int()>& body) {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=1m") != 0) {
    return 77;
  }
  return body();
}

TEST_F(Refusal, NoRoomInTheMemoryFileSystem) {
  buskin::test::Child child([&] {
    return with_tiny_folder(folder_.path(), [&] {
      const std::string fault = unless_has(refusal({}), "no room for");
      if (!fault.empty()) std::fprintf(stderr, "%s\n", fault.c_str());
      return fault.empty() && files_count() == 0 ? 0 : 1;
    });
  });
  const int code = child.wait();
  if (code == 77) GTEST_SKIP() << "this user may not mount a file system";
  EXPECT_EQ(code, 0);
}

TEST_F(Refusal, ASegmentOfAnotherVersion) {
  const std::string path = segment_of(folder_);
  leave_segment(path);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  const std::uint32_t other = buskin::shm::kLayoutVersion + 1;
  ASSERT_EQ(::pwrite(fd, &other, sizeof other, offsetof(buskin::shm::Superblock, layout_version)),
            ssize_t{sizeof other});
  ::close(fd);
  EXPECT_EQ(unless_has(refusal({}), "version"), "");
  EXPECT_EQ(unless_has(tool({"status"}).err, "version"), "");
}

TEST_F(Refusal, ASegmentOfAnotherUser) {
  const std::string path = segment_of(folder_);
  leave_segment(path);
  if (::chown(path.c_str(), 65'534, 65'534) != 0) GTEST_SKIP() << "only root can give a file away";
  EXPECT_EQ(unless_has(refusal({}), "belongs to user 65534"), "");
}

TEST_F(Refusal, ASegmentWithWrongPermissions) {
  const std::string path = segment_of(folder_);
  leave_segment(path);
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  EXPECT_EQ(unless_has(refusal({}), "wrong permissions"), "");
}

TEST_F(Refusal, AFolderInWhichThisUserMayNotWrite) {
  if (::getuid() != 0) GTEST_SKIP() << "only root can be somebody else";
  buskin::test::Child child([&] {
    if (::setgid(65'534) != 0 || ::setuid(65'534) != 0) return 2;
    const std::string fault = unless_has(refusal({}), "cannot open");
    if (!fault.empty()) std::fprintf(stderr, "%s\n", fault.c_str());
    return fault.empty() ? 0 : 1;
  });
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(Refusal, AFolderThatIsNone) {
  ASSERT_EQ(::setenv("BUSKIN_DIR", folder_.file("nowhere").c_str(), 1), 0);
  EXPECT_EQ(unless_has(refusal({}), "there is no folder"), "");
}

TEST_F(Refusal, AnAdminThatIsMissing) {
  ASSERT_EQ(::setenv("BUSKIN_ADMIN", folder_.file("nobody").c_str(), 1), 0);
  EXPECT_EQ(unless_has(refusal({}), "BUSKIN_ADMIN is " + folder_.file("nobody")), "");
  EXPECT_EQ(files_count(), 0u);
}

TEST_F(Refusal, AnAdminThatIsSomethingElse) {
  ASSERT_EQ(::setenv("BUSKIN_ADMIN", "/usr/bin/true", 1), 0);
  EXPECT_EQ(unless_has(refusal({}), "the system did not start: buskin-admin ended before it was ready"), "");
  EXPECT_EQ(files_count(), 0u);
}

TEST_F(Refusal, ANameWithOddCharacters) {
  for (const char* const name : {"", "a b", "a/b", "x.lock", "ä"}) {
    buskin::SystemOptions odd;
    odd.name = name;
    EXPECT_EQ(unless_has(refusal(odd), "a system's name is 1 to 63 letters, digits, . _ -"), "") << name;
    EXPECT_EQ(unless_has(tool({"status", "--name", name}).err, "a system's name is 1 to 63"), "") << name;
  }
  EXPECT_EQ(files_count(), 0u);
}

TEST_F(Refusal, AForkServerThatDoesNotStart) {
  (void)options();
  ASSERT_EQ(::setenv("BUSKIN_TEST_NO_SERVER", "1", 1), 0);
  EXPECT_EQ(unless_has(refusal({}), "the fork server of this program did not start"), "");
  ::unsetenv("BUSKIN_TEST_NO_SERVER");
  EXPECT_TRUE(becomes([&] { return files_count() == 0; }));
}

TEST_F(Refusal, ATypeThatNoProgramKnows) {
  const auto system = buskin::detail::open_system(nullptr, nullptr, options(), "");
  buskin::detail::ActorInfo unknown = buskin::detail::registered_info<Echo>();
  unknown.id += 1;
  unknown.name = "no::Such";
  const auto made = system->client().create(unknown, {}, {});
  EXPECT_EQ(made.error().code(), buskin::Code::UnknownType);
  EXPECT_EQ(unless_has(made.error().what(), "no program of the system has the actor type no::Such"), "");
  EXPECT_EQ(unless_has(made.error().what(), "admin_test"), "");
}

TEST_F(Refusal, AConstructorThatThrowsOrEndsItsProcess) {
  buskin::ActorSystem system(options());
  const auto thrown = system.create<ThrowsInConstructor>();
  EXPECT_EQ(thrown.error().code(), buskin::Code::StartFailed);
  EXPECT_STREQ(thrown.error().what(), "no start today");
  const auto exited = system.create<ExitsInConstructor>();
  EXPECT_EQ(unless_has(exited.error().what(), "its process ended with exit code 7"), "");
}

}  // namespace
}  // namespace admin_test
