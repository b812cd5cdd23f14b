// Notifier: the one way by which notices leave.
//
// A living endpoint and a repairer that acts for a dead one are both Notifiers, so both
// say the same to the same receivers. A notice is exempt from capacity and from
// message_max. One that finds no receiver is dropped: its loss is counted with the message
// that it is about. So is one to a client that reads nothing and has kNoticesMax messages
// already.
//
// A notice about a message brings the message itself (shm/memory/carrier.hpp). All notices
// about one message are made before the message is shared by them, and leave then. Without
// memory for its sender's the caller lets the message itself become the notice
// (returned_notice.hpp), or undoes what it does.
#pragma once

#include <span>

#include "api/runtime/endpoint/notices.hpp"
#include "api/runtime/endpoint/outgoing.hpp"
#include "shm/memory/carrier.hpp"
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
  /// once, nor an asker about a question that expired. An original that is HELD is given away. False: there is no
  /// memory for the sender's notice, nobody is notified, and the original is still the caller's.
  bool tell(const Loss& loss);
  /// The sender gets PoisonMessage, as the reply when it waits for an answer; the handler of dead letters gets
  /// DeadLetter. The original, and what is returned, are as above.
  bool tell(const GivenUp& given_up);

  /// Sends one notice; as the reply to a request when `correlation` is not 0. False: there is no memory for it.
  template <class Notice>
  bool tell(shm::ActorId to, const Notice& notice, std::uint64_t correlation = 0) {
    const Outgoing outgoing = outgoing_to(to, correlation);
    shm::Handle block{};
    if (!make(outgoing, notice, {}, block)) return false;
    if (block != shm::Handle::None) send_notice(outgoing, block);
    return true;
  }

 protected:
  ~Notifier() = default;  // Nobody owns one by this type.

  /// A notice, HELD and not sent. It is a carrier of `original`, if that is a block. None: there is no memory.
  virtual shm::Handle make_notice(const Outgoing& outgoing, const detail::MessageInfo& info,
                                  std::span<const std::byte> bytes, const shm::Carried& original) = 0;
  /// The same, for which there is no memory: can it reach its receiver without the segment?
  virtual bool keep_untold(const Outgoing&, const detail::MessageInfo&, std::span<const std::byte>) { return false; }
  /// The message goes on inside these notices, which leave next.
  virtual void share_original(shm::Handle original, std::span<const shm::Handle> carriers) = 0;
  virtual void send_notice(const Outgoing& outgoing, shm::Handle block) = 0;
  virtual shm::Thread& own_thread() const = 0;
  /// No notice carries the message. One in hand is its turn's to complete.
  void release_original(shm::Handle original);

 private:
  class Notices;

  static Outgoing outgoing_to(shm::ActorId to, std::uint64_t correlation);
  bool is_reachable(shm::ActorId to) const;
  shm::ActorId dead_letters_handler() const;

  /// `made` gets the notice, HELD; None where it is not wanted, or needs no memory. False: there is no memory for it.
  template <class Notice>
  bool make(const Outgoing& outgoing, const Notice& notice, const shm::Carried& original, shm::Handle& made) {
    if (!is_reachable(outgoing.to.id)) return true;
    made = make_notice(outgoing, detail::kMessageInfo<Notice>, bytes_of(notice), original);
    return made != shm::Handle::None || keep_untold(outgoing, detail::kMessageInfo<Notice>, bytes_of(notice));
  }
};

}  // namespace buskin::runtime
