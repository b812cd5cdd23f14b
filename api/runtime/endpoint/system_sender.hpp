// SystemSender: sends the runtime's own messages for whoever has a thread record but no voice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "buskin/detail/build.hpp"
#include "shm/actor/actors.hpp"

namespace buskin::runtime {

struct Posting {
  shm::ActorId to{};
  shm::Lane lane = shm::Lane::Messages;
  std::uint64_t correlation = 0;
  shm::ActorId from{};
};

class SystemSender {
 public:
  explicit SystemSender(shm::Thread& thread) : thread_(&thread) {}

  /// Sends a T made from `args` as `send<T>` does, exempt from capacity. False: gone, or no memory.
  template <class T, class... Args>
  bool post(const Posting& posting, const Args&... args) {
    return detail::with_bytes<T>(
        [&](std::span<const std::byte> bytes) { return post_bytes(posting, detail::kMessageInfo<T>, bytes); }, args...);
  }
  /// The message T made from `args`, HELD and not sent. None: there is no memory for it.
  template <class T, class... Args>
  shm::Handle make(const Posting& posting, const Args&... args) {
    return detail::with_bytes<T>(
        [&](std::span<const std::byte> bytes) { return make_bytes(posting, detail::kMessageInfo<T>, bytes); }, args...);
  }
  bool post_bytes(const Posting& posting, const detail::MessageInfo& info, std::span<const std::byte> bytes);

  shm::Thread& thread() const { return *thread_; }

 private:
  shm::Handle make_bytes(const Posting& posting, const detail::MessageInfo& info, std::span<const std::byte> bytes);

  shm::Thread* thread_;
};

}  // namespace buskin::runtime
