// process: the answers are read from /proc, or asked for by system calls.
#include "shm/os/process.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "shm/base/check.hpp"
#include "shm/os/small_file.hpp"

namespace buskin::shm {

namespace {

constexpr std::size_t kTitleBytesMax = 63;

// Fields of /proc/PID/stat, counted from 1 as in proc(5).
constexpr int kNameField = 2;
constexpr int kStateField = 3;
constexpr int kStartTimeField = 22;
constexpr int kExitCodeField = 52;

std::string stat_of(std::int32_t pid) { return read_small_file("/proc/" + std::to_string(pid) + "/stat"); }

/// Where the field begins in the line of a process; null when there is no line. The name may contain any character.
const char* field_of(const std::string& stat, int field) {
  std::size_t at = stat.rfind(')');
  for (int passed = kNameField; passed < field && at != std::string::npos; ++passed) at = stat.find(' ', at + 1);
  return at == std::string::npos ? nullptr : stat.c_str() + at + 1;
}

std::uint64_t number_in(const std::string& stat, int field) {
  const char* const text = field_of(stat, field);
  return text == nullptr ? 0 : std::strtoull(text, nullptr, 10);
}

/// The memory of the argument strings, and of the environment behind them, which `ps` reads.
struct ArgumentArea {
  char* start = nullptr;
  std::size_t bytes = 0;
};
ArgumentArea argument_area;

/// Where `strings` stop following each other in memory, from `end` on.
char* end_of_neighbours(char* end, char** strings) {
  for (; *strings != nullptr && *strings == end; ++strings) end += std::strlen(*strings) + 1;
  return end;
}

/// Gives the environment memory of its own, so that a title may be written over the former one.
void move_environment() {
  static std::vector<std::string> texts;
  static std::vector<char*> pointers;
  texts.clear();
  pointers.clear();
  for (char** variable = environ; *variable != nullptr; ++variable) texts.emplace_back(*variable);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  environ = pointers.data();
}

}  // namespace

std::uint64_t start_time_of(std::int32_t pid) { return number_in(stat_of(pid), kStartTimeField); }

std::optional<int> exit_status_of(std::int32_t pid, std::uint64_t start_time) {
  const std::string stat = stat_of(pid);
  const char* const state = field_of(stat, kStateField);
  if (state == nullptr || *state != 'Z' || number_in(stat, kStartTimeField) != start_time) return std::nullopt;
  return static_cast<int>(number_in(stat, kExitCodeField));
}

bool is_stopped(std::int32_t pid) {
  const std::string stat = stat_of(pid);
  const char* const state = field_of(stat, kStateField);
  return state != nullptr && (*state == 'T' || *state == 't');
}

std::uint64_t own_pid_namespace() {
  struct stat info {};
  return ::stat("/proc/self/ns/pid", &info) == 0 ? info.st_ino : 0;
}

int open_pidfd(std::int32_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

bool pidfd_alive(int pidfd) {
  if (pidfd < 0) return false;
  pollfd watched{pidfd, POLLIN, 0};
  return ::poll(&watched, 1, 0) <= 0;
}

std::array<std::uint64_t, 2> boot_id() {
  std::string digits = read_small_file("/proc/sys/kernel/random/boot_id");
  digits.erase(std::remove_if(digits.begin(), digits.end(), [](char c) { return c == '-' || c == '\n'; }),
               digits.end());
  if (digits.size() != 32) return {};
  return {std::strtoull(digits.substr(0, 16).c_str(), nullptr, 16), std::strtoull(digits.c_str() + 16, nullptr, 16)};
}

void keep_argv(int argc, char** argv) {
  if (argc < 1 || argv == nullptr || argv[0] == nullptr || argument_area.start != nullptr) return;
  char* const end_of_arguments = end_of_neighbours(argv[0], argv);
  char* const end = end_of_neighbours(end_of_arguments, environ);
  if (end != end_of_arguments) move_environment();
  argument_area = {argv[0], static_cast<std::size_t>(end - argv[0])};
}

void set_process_title(const std::string& title) {
  const std::string cut = title.substr(0, kTitleBytesMax);
  // The kernel takes 15 bytes for the name of the thread, all of which shall tell one thread from another.
  constexpr std::string_view kOurs = "buskin: ";
  ::prctl(PR_SET_NAME, cut.starts_with(kOurs) ? cut.c_str() + kOurs.size() : cut.c_str());
  if (argument_area.start == nullptr) return;
  const std::size_t bytes = std::min(cut.size(), argument_area.bytes - 1);
  std::memset(argument_area.start, 0, argument_area.bytes);
  std::memcpy(argument_area.start, cut.data(), bytes);
}

std::uint64_t random_id() {
  std::uint64_t id = 0;
  // Ends: the kernel gives eight bytes at once and whole; 0 comes once in 2^64.
  while (id == 0) {
    const ssize_t bytes = ::getrandom(&id, sizeof id, 0);
    BUSKIN_CHECK(bytes == ssize_t{sizeof id} || errno == EINTR);
  }
  return id;
}

}  // namespace buskin::shm
