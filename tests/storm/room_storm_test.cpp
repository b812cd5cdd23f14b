// room_storm_test: the storm where memory runs out. The system lives in a memory file system of 4, 8 or 16 MiB, which
// its traffic fills, and the file of a stranger that comes and goes. Nothing is lost, and with room all comes back.
//
// BUSKIN_STORM_SECONDS and BUSKIN_STORM_SEED choose length and order; BUSKIN_LONG=1 means one hour, for all sizes.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <cstring>

#include "tests/storm/system_storm.hpp"

namespace system_storm {
namespace {

constexpr std::uint64_t kPage = 4'096;

/// What one size of the file system means for the traffic.
struct Room {
  const char* size;
  const char* large_every;
  const char* large_least;
  const char* large_most;
};
constexpr Room kFour{"4m", "16", "5000", "14000"};
constexpr Room kEight{"8m", "32", "30000", "200000"};
constexpr Room kSixteen{"16m", "16", "60000", "1000000"};

class RoomStorm : public SystemStorm {
 protected:
  ~RoomStorm() override {
    leave();
    for (const char* variable : {"BUSKIN_STORM_LARGE_EVERY", "BUSKIN_STORM_LARGE_LEAST", "BUSKIN_STORM_LARGE_MOST"}) {
      ::unsetenv(variable);
    }
    if (!is_mounted_) return;
    client_.reset();
    for (const Victim& victim : find_victims(folder_.path())) victim.signal(SIGKILL);
    ::umount2(folder_.path().c_str(), MNT_DETACH);
  }

  /// In a mount namespace of this process. Returns the kernel's sentence when it gives none.
  std::string mount(const Room& room) {
    const int spaces = ::geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER;
    if (::unshare(spaces) != 0) return std::string("unshare: ") + std::strerror(errno);
    const std::string options = std::string("mode=0700,size=") + room.size;
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, options.c_str()) != 0) {
      return std::string("mount: ") + std::strerror(errno);
    }
    is_mounted_ = true;
    ::setenv("BUSKIN_STORM_LARGE_EVERY", room.large_every, 1);
    ::setenv("BUSKIN_STORM_LARGE_LEAST", room.large_least, 1);
    ::setenv("BUSKIN_STORM_LARGE_MOST", room.large_most, 1);
    join_max_ns_ = 30'000 * kMs;
    return {};
  }

  // -- The stranger -----------------------------------------------------------------------------

  std::uint64_t free_bytes() const {
    struct statvfs now {};
    EXPECT_EQ(::statvfs(folder_.path().c_str(), &now), 0);
    return now.f_bavail * now.f_frsize;
  }
  /// Takes pages until so many bytes are left.
  void fill(std::uint64_t left) {
    const int file = ::open(folder_.file("stranger").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    ASSERT_GE(file, 0) << std::strerror(errno);
    for (std::uint64_t now = free_bytes(); now >= left + kPage; now = free_bytes()) {  // Ends: each turn takes some.
      const std::uint64_t bytes = std::max((now - left) / 2 / kPage, std::uint64_t{1}) * kPage;
      if (::fallocate(file, 0, static_cast<off_t>(taken_), static_cast<off_t>(bytes)) != 0) break;
      taken_ += bytes;
    }
    ::close(file);
  }
  void leave() {
    ::unlink(folder_.file("stranger").c_str());
    taken_ = 0;
  }

  // -- The storm --------------------------------------------------------------------------------

  bool begin() {
    const std::uint64_t seed = buskin::test::number_from("BUSKIN_STORM_SEED", std::random_device{}());
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    random_.seed(seed);
    start_client(&Client::begin);
    return flows();
  }
  void kill_in_the_dark(std::uint64_t rounds) {
    for (; rounds > 0 && !HasFailure(); --rounds) {
      pause((10 + dice(200)) * kMs);
      if (dice(8) == 0) {
        stop_some(true);
      } else {
        kill_some(dice(6) == 0 ? 2 + dice(4) : 1);
      }
      if (dice(3) == 0) fill(0);
    }
  }
  void rage_without_room(std::uint64_t seconds) {
    if (!begin()) return;
    const std::uint64_t end = now_ns() + seconds * 1'000 * kMs;
    for (std::uint64_t round = 1; now_ns() < end && !HasFailure(); ++round) {
      enter(Phase::Kills);
      fill(dice(2) == 0 ? 0 : dice(8) * 65'536);
      kill_in_the_dark(1 + dice(6));
      if (round % 16 == 0) kill_everybody();
      (void)check("without room");
      leave();
      if (round % 16 == 0) start_client(&Client::work);
      (void)flows();
      ++fills_;
    }
  }
  void finish() {
    leave();
    come_to_rest();
    end_all();
    report();
    std::printf("%llu times full\n", static_cast<unsigned long long>(fills_));
  }
  void storm(const Room& room) {
    if (const std::string refused = mount(room); !refused.empty()) GTEST_SKIP() << refused;
    rage_without_room(buskin::test::number_from("BUSKIN_STORM_SECONDS", buskin::test::is_long() ? 1'200 : 6));
    finish();
  }

  bool is_mounted_ = false;
  std::uint64_t taken_ = 0, fills_ = 0;
};

TEST_F(RoomStorm, LosesNothingInFourMiB) {
  if (!buskin::test::is_long()) GTEST_SKIP() << "this one belongs to the long form";
  storm(kFour);
}
TEST_F(RoomStorm, LosesNothingInEightMiB) {
  if (!buskin::test::is_long()) GTEST_SKIP() << "this one belongs to the long form";
  storm(kEight);
}
TEST_F(RoomStorm, LosesNothingInSixteenMiB) { storm(kSixteen); }

TEST_F(RoomStorm, EachKindOfProcessThatDiesWithoutRoomComesBackWithRoom) {
  if (const std::string refused = mount(kSixteen); !refused.empty()) GTEST_SKIP() << refused;
  if (!begin()) return;
  enter(Phase::Kills);
  for (const Role role : {Role::Actor, Role::Admin, Role::ForkServer, Role::Standby, Role::Client}) {
    fill(0);
    for (const Victim& victim : find_victims(folder_.path())) {
      if (victim.role() != role) continue;
      kill(victim);
      wait_for_end(victim);
    }
    if (role == Role::Client) kill_client();
    pause(300 * kMs);  // What is tried without room fails.
    fill(0);
    (void)check(kRoleNames[static_cast<std::size_t>(role)]);
    leave();
    if (role == Role::Client) start_client(&Client::work);
    if (!settle() || !flows()) return;
    (void)check("with room");
    ++fills_;
  }
  finish();
}

}  // namespace
}  // namespace system_storm
