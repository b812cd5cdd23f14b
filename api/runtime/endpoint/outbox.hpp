// Outbox: what an endpoint sends with: an address, a thread, blocks on their way out.
//
// Turns, clients and a Sender's single calls stand on one. transmit() decides about
// a finished block: usually it is sent, and a turn may stage it until its end.
#pragma once

#include "api/runtime/endpoint/notifier.hpp"
#include "api/runtime/endpoint/outgoing.hpp"
#include "api/runtime/node/addresses.hpp"
#include "api/runtime/node/node.hpp"
#include "api/runtime/node/type_registry.hpp"
#include "buskin/detail/endpoint.hpp"
#include "buskin/system_messages.hpp"
#include "shm/mailbox/lane_reader.hpp"
#include "shm/mailbox/room_waiter.hpp"
#include "shm/memory/returned.hpp"

namespace buskin::runtime {

class Outbox : public Notifier {
 public:
  Outbox(Node& node, shm::Thread& thread, shm::ActorId id);

  Address self() const;
  Status post(const detail::SendSpec& send_spec, std::span<const std::byte> bytes);
  Result<detail::Slab> open(std::size_t bytes);
  Status post_slab(const detail::SendSpec& send_spec, detail::Slab slab, std::size_t bytes);
  void discard(detail::Slab slab);
  Status reply(Address asker, std::uint64_t correlation, const detail::MessageInfo& info,
               std::span<const std::byte> bytes);
  bool reply_wanted(Address asker, std::uint64_t correlation) const;
  void exit(Address actor, const ExitOptions& options);
  Address find(std::string_view name);
  Status dead_letters(Address handler);

  shm::ActorId id() const { return id_; }
  Node& node() const { return *node_; }

 protected:
  ~Outbox() = default;  // Nobody owns one by this type.

  /// Sends a HELD block by send_now(). A turn may stage it instead. When it fails, the block is the caller's.
  virtual Status transmit(const Outgoing& outgoing, shm::Handle block);
  /// Is there something that ends a wait for room early?
  virtual bool is_called_off() { return false; }
  /// Bits of BlockFlag for what is sent now.
  virtual std::uint8_t flags_now() const { return 0; }
  /// The actor that waits when a send waits for room: None where it goes on meanwhile.
  virtual shm::ActorId waiter() const { return id_; }
  /// There is no memory for a message of `bytes`, which the caller reports as well unless has_lacked().
  virtual void lack(const Outgoing&, std::uint64_t) {}
  /// Is all that is sent undone, and sent again? Then nothing of it is lost.
  virtual bool has_lacked() const { return false; }
  /// Does a message wait for room as long as its receiver lives, whatever the receiver's mailbox says?
  virtual bool is_patient() const { return false; }

  /// Sends at once, waiting in place as the receiver's mailbox says. When it fails, the block is the caller's.
  Status send_now(const Outgoing& outgoing, shm::Handle block);
  /// Waits until there may be room for a message.
  shm::RoomWait wait_for_place(shm::RoomWaiter& room, std::uint64_t deadline_ns);
  /// Does the receiver's mailbox want senders to wait for room?
  bool may_wait(const Outgoing& outgoing) const;
  /// How long a message waits for room, and what its sender gets then.
  struct RoomLimit {
    std::uint64_t deadline_ns = 0;
    Code code = Code::MailboxFull;  ///< Expired when it is the message's own deadline; a request found no room.
  };
  RoomLimit room_limit(const Outgoing& outgoing) const;
  /// TooBig when the receiver's mailbox may not hold so many bytes even if it is empty.
  Status check_bytes(const Outgoing& outgoing, std::uint64_t bytes) const;
  /// `left` gets the message, HELD, when it was made and does not leave; without `left` it is dropped.
  Status send_message(const Outgoing& outgoing, const detail::MessageInfo& info, std::span<const std::byte> bytes,
                      shm::Handle* left = nullptr);
  /// Where `address` leads; BadAddress when it is not of this system.
  Status resolve(Address address, shm::ActorId& id) const;
  detail::Incoming read(const shm::Hand& hand);
  Address address_of(shm::ActorId id) const { return address_in(node_->system_id(), id); }
  /// Counts a message of this endpoint that did not arrive; returns `why`. With Wait::AsConfigured the endpoint is
  /// notified as well. `original`: the message, HELD, which is given away; or the message in hand.
  Status refuse(const detail::SendSpec& send_spec, const Status& why, shm::Handle original = {});

  /// Counts a message that found no receiver, and notifies its sender and the handler of dead letters. Its original is
  /// given away; without memory it is the notice itself, unless a turn is undone for it.
  void report_loss(const Loss& loss);
  void share_original(shm::Handle original, std::span<const shm::Handle> carriers) override;
  void send_notice(const Outgoing& outgoing, shm::Handle block) override;
  TypeRegistry& types() const { return node_->types(); }

  Node* node_;
  shm::Thread* thread_;
  shm::ActorId id_;

 private:
  shm::Handle make_notice(const Outgoing& outgoing, const detail::MessageInfo& info, std::span<const std::byte> bytes,
                          const shm::Carried& original) override;
  shm::Thread& own_thread() const override { return *thread_; }
  /// `made` gets the message, HELD; a carrier of `original`, if that is a block.
  Status make_message(const Outgoing& outgoing, const detail::MessageInfo& info, std::span<const std::byte> bytes,
                      shm::Handle& made, const shm::Carried& original = {});
  /// Sends again and again until the message is accepted, or may wait no longer: then `code` says why.
  shm::SendStatus send_when_there_is_room(const Outgoing& outgoing, shm::Handle block, Code& code);
};

}  // namespace buskin::runtime
