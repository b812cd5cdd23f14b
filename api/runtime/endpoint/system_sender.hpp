// SystemSender: sends messages of the runtime with a thread record alone, without an endpoint.
//
// For the admin, fork servers and repairers. Each message is exempt from capacity.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "api/runtime/endpoint/notifier.hpp"
#include "buskin/detail/build.hpp"
#include "shm/actor/actors.hpp"

namespace buskin::runtime {

class SystemSender final : public Notifier {
 public:
  /// `from`: the actor in whose name it sends. Its messages are for supervision, and may come from that part of the
  /// reserve, unless `purpose` says otherwise.
  explicit SystemSender(shm::Thread& thread, shm::ActorId from = {},
                        shm::Purpose purpose = shm::Purpose::Supervision)
      : thread_(&thread), from_(from), purpose_(purpose) {}

  /// Sends a T made from `args` as `send<T>` does. False: the receiver is gone, or there is no memory.
  template <class T, class... Args>
  bool post(const Outgoing& outgoing, const Args&... args) {
    return detail::with_bytes<T>(
        [&](std::span<const std::byte> bytes) { return post_bytes(outgoing, detail::kMessageInfo<T>, bytes); },
        args...);
  }
  /// The message T made from `args`, HELD and not sent. None: there is no memory for it.
  template <class T, class... Args>
  shm::Handle make(std::uint64_t correlation, const Args&... args) {
    return detail::with_bytes<T>(
        [&](std::span<const std::byte> bytes) { return make_bytes(correlation, detail::kMessageInfo<T>, bytes); },
        args...);
  }
  bool post_bytes(const Outgoing& outgoing, const detail::MessageInfo& info, std::span<const std::byte> bytes);

  shm::Thread& thread() const { return *thread_; }

 private:
  bool notify(const Outgoing& outgoing, const detail::MessageInfo& info, std::span<const std::byte> bytes) override {
    return post_bytes(outgoing, info, bytes) || !shm::is_open(thread_->segment(), outgoing.to.id);
  }
  const shm::Segment& segment() const override { return thread_->segment(); }
  shm::Handle make_bytes(std::uint64_t correlation, const detail::MessageInfo& info, std::span<const std::byte> bytes);

  shm::Thread* thread_;
  shm::ActorId from_;
  shm::Purpose purpose_;
};

}  // namespace buskin::runtime
