// SystemSender: sends messages of the runtime with a thread record alone, without an endpoint.
//
// For the admin, fork servers and repairers. Each message is exempt from capacity.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "api/runtime/endpoint/notifier.hpp"
#include "buskin/detail/build.hpp"
#include "shm/actor/actors.hpp"
#include "shm/actor/turn.hpp"

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
        [&](std::span<const std::byte> bytes) { return make_bytes(correlation, detail::kMessageInfo<T>, bytes, {}); },
        args...);
  }
  /// The notice, HELD and not sent, as a carrier of `original`. None: there is no memory for it.
  template <class Notice>
  shm::Handle make_carrier(const Notice& notice, shm::Handle original) {
    return make_bytes(0, detail::kMessageInfo<Notice>, bytes_of(notice), {original});
  }
  bool post_bytes(const Outgoing& outgoing, const detail::MessageInfo& info, std::span<const std::byte> bytes);

  /// The same from bytes. A carrier of `original`, if that is a block.
  shm::Handle make_bytes(std::uint64_t correlation, const detail::MessageInfo& info, std::span<const std::byte> bytes,
                         const shm::Carried& original);

  shm::Thread& thread() const { return *thread_; }

 private:
  void share_original(shm::Handle original, std::span<const shm::Handle> carriers) override;
  void send_notice(const Outgoing& outgoing, shm::Handle block) override { (void)send(outgoing, block); }
  shm::Handle make_notice(const Outgoing& outgoing, const detail::MessageInfo& info, std::span<const std::byte> bytes,
                          const shm::Carried& original) override {
    return make_bytes(outgoing.correlation, info, bytes, original);
  }
  shm::Thread& own_thread() const override { return *thread_; }
  bool send(const Outgoing& outgoing, shm::Handle block);

  shm::Thread* thread_;
  shm::ActorId from_;
  shm::Purpose purpose_;
};

/// Makes the notices about a message in hand, for the turn that completes it.
class NoticeWriter final : public Notifier {
 public:
  /// `from`: the actor in whose name they leave. A mailbox full of messages would use up the memory for supervision,
  /// and needs none.
  NoticeWriter(shm::Thread& thread, shm::ActorId from) : sender_(thread, from, shm::Purpose::Ordinary) {}
  /// What tell() has made, for the journal of the turn.
  std::vector<shm::Staged> take() { return std::move(staged_); }

 private:
  shm::Handle make_notice(const Outgoing& outgoing, const detail::MessageInfo& info, std::span<const std::byte> bytes,
                          const shm::Carried& original) override {
    return sender_.make_bytes(outgoing.correlation, info, bytes, original);
  }
  void share_original(shm::Handle original, std::span<const shm::Handle> carriers) override;
  void send_notice(const Outgoing& outgoing, shm::Handle block) override;
  shm::Thread& own_thread() const override { return sender_.thread(); }

  SystemSender sender_;
  std::vector<shm::Staged> staged_;
};

}  // namespace buskin::runtime
