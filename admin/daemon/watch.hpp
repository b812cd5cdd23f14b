// Watch: what the admin waits for beside messages: deaths and times.
//
// The main thread sleeps here; whatever happens becomes a message to the admin,
// which runs in another thread and may call all of this.
//
// Floor: admin.
#pragma once

#include <cstdint>
#include <functional>

#include "shm/base/ids.hpp"

namespace buskin::admin {

/// One life of a process entry.
struct MemberId {
  shm::ProcessIndex index{};
  std::uint32_t gen = 0;

  friend constexpr bool operator==(MemberId, MemberId) = default;
  constexpr std::uint64_t word() const { return shm::to_bits(index) | std::uint64_t{gen} << 32; }
};

class Watch {
 public:
  Watch();
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  /// on_gone will be called once with `member` when process `pid` is dead, at once if it is already.
  void add_member(MemberId member, std::int32_t pid);
  /// on_owner_gone will be called when process `pid` is dead.
  void add_owner(std::int32_t pid);
  /// on_tick will be called at `time_ns` of now_ns(), instead of any earlier wish.
  void set_timer(std::uint64_t time_ns);
  /// run() returns.
  void end();

  struct Events {
    std::function<void(MemberId)> on_gone;
    std::function<void()> on_owner_gone;
    std::function<void()> on_tick;
  };
  void run(const Events& events);

 private:
  void add_pidfd(std::int32_t pid, std::uint64_t word);
  void report_dead(const Events& events, std::uint64_t word, int pidfd);

  int epoll_ = -1;
  int timer_ = -1;
  int end_ = -1;
};

}  // namespace buskin::admin
