// Victims: finds all processes of one system from outside, and signals them.
//
// A process is one of ours when it maps our segment or writes into our log: both lie in a folder that
// only this test has. A pidfd holds it before the test looks at it, so a number that the kernel has given
// to another process never gets that process killed.
#pragma once

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "shm/os/process.hpp"

namespace system_storm {

enum class Role : std::uint8_t { Actor, Admin, ForkServer, Standby, Client };
inline constexpr std::size_t kRoles = 5;
inline constexpr std::array<const char*, kRoles> kRoleNames = {"actors", "admins", "fork servers", "standbys",
                                                               "clients"};

class Victim {
 public:
  Victim(int pid, int fd, Role role, std::string title) : pid_(pid), fd_(fd), role_(role), title_(std::move(title)) {}
  Victim(Victim&& other) noexcept
      : pid_(other.pid_), fd_(std::exchange(other.fd_, -1)), role_(other.role_), title_(std::move(other.title_)) {}
  Victim& operator=(Victim&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(fd_, other.fd_);
    std::swap(role_, other.role_);
    std::swap(title_, other.title_);
    return *this;
  }
  ~Victim() {
    if (fd_ >= 0) ::close(fd_);
  }

  int pid() const { return pid_; }
  Role role() const { return role_; }
  const std::string& title() const { return title_; }
  bool signal(int number) const { return ::syscall(SYS_pidfd_send_signal, fd_, number, nullptr, 0) == 0; }
  bool is_alive() const { return buskin::shm::pidfd_alive(fd_); }

 private:
  int pid_;
  int fd_;
  Role role_;
  std::string title_;
};

namespace detail {

inline std::string title_of(const std::string& process) {
  std::ifstream file(process + "/cmdline", std::ios::binary);
  std::string text;
  std::getline(file, text, '\0');
  for (std::string argument; std::getline(file, argument, '\0');) {
    if (argument.starts_with("--buskin-serve=")) return "buskin: standby";  // It has not set its title yet.
  }
  return text.substr(text.rfind('/') == std::string::npos ? 0 : text.rfind('/') + 1);
}

inline std::optional<Role> role_of(const std::string& title) {
  if (title.starts_with("buskin-admin")) return Role::Admin;
  if (title == "buskin: standby") return Role::Standby;
  if (title == "buskin: fork server") return Role::ForkServer;
  if (title.starts_with("buskin: ")) return Role::Actor;
  return std::nullopt;
}

inline bool is_in(const std::string& process, const std::string& folder) {
  std::error_code fault;
  if (std::filesystem::read_symlink(std::filesystem::path(process) / "fd" / "2", fault).string().starts_with(folder)) {
    return true;
  }
  std::ifstream maps(process + "/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find(folder) != std::string::npos) return true;
  }
  return false;
}

}  // namespace detail

/// The processes of the system in this folder, without its clients, which may be any program.
inline std::vector<Victim> find_victims(const std::string& folder) {
  std::vector<Victim> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const int pid = std::atoi(entry.path().filename().c_str());
    const std::string process = entry.path().string();
    if (pid <= 0 || !detail::role_of(detail::title_of(process))) continue;
    const int fd = buskin::shm::open_pidfd(pid);
    if (fd < 0) continue;
    const std::string title = detail::title_of(process);
    const auto role = detail::role_of(title);
    Victim victim(pid, fd, role.value_or(Role::Actor), title);
    if (role && victim.is_alive() && detail::is_in(process, folder)) found.push_back(std::move(victim));
  }
  return found;
}

}  // namespace system_storm
