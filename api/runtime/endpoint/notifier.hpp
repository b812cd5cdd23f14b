// Notifier: the one way by which notices leave.
//
// A living endpoint and a repairer that acts for a dead one are both Notifiers, so both
// say the same to the same receivers. A notice is exempt from capacity and from
// message_max. One that finds no receiver is dropped: its loss is counted with the message
// that it is about. So is one to a client that reads nothing and has kNoticesMax messages
// already. Without memory the caller lets the message itself become the notice
// (returned_notice.hpp), or tries again.
#pragma once

#include <span>

#include "api/runtime/endpoint/notices.hpp"
#include "api/runtime/endpoint/outgoing.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::runtime {

template <class T>
std::span<const std::byte> bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}
/// The notice as a message that lies in no segment. Valid as long as `notice`.
template <class Notice>
detail::Incoming incoming_of(const Notice& notice) {
  detail::Incoming incoming;
  incoming.bytes = bytes_of(notice);
  incoming.info = &detail::kMessageInfo<Notice>;
  incoming.type_name = incoming.info->name;
  return incoming;
}

class Notifier {
 public:
  /// The sender gets Undeliverable, or RequestFailed when it waits for an answer; the handler of dead letters gets
  /// DeadLetter. Nobody is notified about a notice, nor the sender about a message that its receiver takes at most
  /// once, nor an asker about a question that expired. False: there is no memory for the sender's notice, and nobody is
  /// notified.
  bool tell(const Loss& loss);

  /// Sends one notice; as the reply to a request when `correlation` is not 0. False: there is no memory for it.
  template <class Notice>
  bool tell(shm::ActorId to, const Notice& notice, std::uint64_t correlation = 0) {
    const shm::Lane lane = correlation != 0 ? shm::Lane::Replies : shm::Lane::Messages;
    if (!is_reachable(to)) return true;
    return notify({{to, lane, shm::Admission::Exempt}, correlation, detail::Wait::Never}, detail::kMessageInfo<Notice>,
                  bytes_of(notice));
  }

 protected:
  ~Notifier() = default;  // Nobody owns one by this type.

  /// False: there is no memory.
  virtual bool notify(const Outgoing& outgoing, const detail::MessageInfo& info, std::span<const std::byte> bytes) = 0;
  virtual const shm::Segment& segment() const = 0;

 private:
  bool is_reachable(shm::ActorId to) const;
};

}  // namespace buskin::runtime
