// Speaker: what turns and clients have in common: an address, a thread, blocks on their way out.
//
// Who sends decides in transmit() what becomes of a finished block: a client sends
// it, a turn may stage it until its end.
//
// Floor: runtime.
#pragma once

#include <array>
#include <deque>
#include <string>

#include "api/runtime/node.hpp"
#include "shm/segment/payload.hpp"
#include "shm/segment/receive.hpp"

namespace buskin::runtime {

class Host;

/// Message types as this speaker knows them, by row of the segment's table. Found without a lock.
class TypeCache {
 public:
  explicit TypeCache(shm::Segment& segment) : segment_(&segment) {}
  /// None when the type table is full, or another type has this hash.
  shm::TypeIndex index_of(const detail::MessageInfo& info);
  const detail::MessageInfo& info_of(shm::TypeIndex index);

 private:
  struct Known {
    std::string name;
    detail::MessageInfo info{};
  };
  struct Slot {
    std::uint64_t id = 0;
    shm::TypeIndex index{};
  };
  shm::Segment* segment_;
  std::array<Slot, 64> slots_{};
  std::deque<Known> known_;  // By TypeIndex; a deque, so that infos stay where they are.
};

/// A message that left its turn. Not its owner before the turn is complete.
class KeptLease final : public detail::Lease {
 public:
  KeptLease(Host& host, detail::Incoming incoming, KeptLease** slot);
  ~KeptLease() override;
  /// The turn is complete: the block is ours.
  void own() { slot_ = nullptr; }

 private:
  Host* host_;
  KeptLease** slot_;  // Where the turn remembers us; null when it is over.
};

class Speaker : public detail::Voice {
 public:
  Speaker(Host& host, shm::Thread& thread, shm::ActorId id);

  Address self() const override;
  Status post(const detail::Parcel& parcel, std::span<const std::byte> bytes) override;
  Result<detail::Slab> open(std::size_t bytes) override;
  Status post_slab(const detail::Parcel& parcel, detail::Slab slab, std::size_t bytes) override;
  void discard(detail::Slab slab) override;
  Status reply(Address asker, std::uint64_t correlation, const detail::MessageInfo& info,
               std::span<const std::byte> bytes) override;
  bool reply_wanted(Address asker, std::uint64_t correlation) const override;
  void exit(Address actor, const ExitOptions& options) override;
  Address find(std::string_view name) override;

  shm::ActorId id() const { return id_; }

 protected:
  struct Letter {
    shm::Destination to{};
    std::uint64_t correlation = 0;
    detail::Wait wait = detail::Wait::AsConfigured;
  };

  /// Sends or stages a HELD block, which it takes over.
  virtual Status transmit(const Letter& letter, shm::Handle block) = 0;
  /// Sends at once, waiting for room as the receiver's mailbox says. Frees the block when it fails.
  Status send_now(const Letter& letter, shm::Handle block);
  Status send_message(const Letter& letter, const detail::MessageInfo& info, std::span<const std::byte> bytes,
                      Duration expires = {});
  /// Where `address` leads; BadAddress when it is not of this system.
  Status resolve(Address address, shm::ActorId& id) const;
  detail::Incoming read(const shm::Hand& hand);
  Address address_of(shm::ActorId id) const;
  /// Reserves, writes the birth and asks the host for it.
  Result<Address> bear(const detail::ActorInfo& actor, Birth& birth, shm::ActorId parent, std::uint64_t key);
  Status name_and_write(shm::ActorId id, const Birth& birth);
  /// Tells this speaker that a message of its own did not arrive.
  Status refuse(const detail::Parcel& parcel, Status why);

  Host* host_;
  shm::Thread* thread_;
  shm::ActorId id_;
  TypeCache types_;
};

/// What a reply means as an error; Ok when it is a reply.
Error error_of_reply(const detail::Incoming& reply);

}  // namespace buskin::runtime
