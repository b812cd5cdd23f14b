// ActorRecord: the slot and the mailbox of one actor, 384 bytes, one index.
//
//   offset  size  part
//        0   128  slot      type, name, parent, key, notices, saved state, spec
//      128    64  line P    producers: `in` of the three lanes
//      192    64  line R    read-mostly: life, wake target, capacity, sched, epoch
//      256   128  line C    consumer: done and hand of each lane, space
//
// Who writes what
//   slot       the creator before REQUESTED; then the host; its repairer after its death; for restarts, the process
//              that decides about one; for `parent`, the process that makes the actor a top-level one
//   in[l]      any sender (push), the closer of the actor, the creator that uses the slot again: CAS only
//   life       host, admin, repairer: CAS only. The only copy.
//   wake, sched, epoch, waits_*, line C    the consumer; its repairer after its death
//   space      the consumer counts up; a waiting sender sets bit 0
//   bytes, bytes_taken    any sender, and the consumer: CAS only
//   running_since_ns    the host; the process that decides about a restart clears it
//   end        the host
//
// Invariants
//   I1  Pending in lane l are exactly the positions done < seq <= in.seq.
//   I2  `done` moves by one, always through hand.
//   I3  gen changes at Free -> Reserved only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "shm/base/published_once.hpp"
#include "shm/words/mailbox_words.hpp"

namespace buskin::shm {

/// A block reserved for a notice: which, and in which life.
struct NoticeRef {
  Atomic<std::uint64_t> handle;
  Atomic<std::uint64_t> gen;
};

struct ActorSlot {
  PublishedOnce<TypeIndex> type;   ///< TypeIndex of the actor's type.
  Atomic<std::uint32_t> flags;     ///< SlotFlag bits.
  Atomic<std::uint64_t> name;      ///< Handle of the SAVED block with the name; 0 for none.
  Atomic<std::uint64_t> parent;    ///< ActorId; 0 for a top-level actor.
  PublishedOnce<std::uint64_t> key;  ///< Hash of the child's key under its parent; 0 for none.
  NoticeRef exit_notice;
  NoticeRef crash_notice;
  Atomic<std::uint64_t> saved;     ///< SavedWord: the saved state; one of the commit words.
  Atomic<std::uint64_t> timers;    ///< Handle of the first TIMED block.
  Atomic<std::uint32_t> fault;     ///< Index + 1 into the fault ring; 0 for none.
  Atomic<std::uint32_t> incarnation;
  Atomic<std::uint64_t> spec;     ///< Handle of the SAVED block with options and Init message.
  Atomic<std::uint64_t> restart_due_ns;  ///< When the restart is due; 0 while none is decided.
  Atomic<std::uint32_t> restarts;  ///< In the present window.
  Atomic<std::uint32_t> restarts_total;
  Atomic<std::uint64_t> window_since_ns;
  Atomic<std::uint32_t> children_asked;    ///< Children that it has ever requested.
  /// Its parent's `children_asked` when it was requested: the order of siblings.
  PublishedOnce<std::uint32_t> ordinal;
};
static_assert(sizeof(ActorSlot) == 128);

struct SlotFlag {
  static constexpr std::uint32_t kClient = 1;     ///< A client's mailbox, not an actor.
  static constexpr std::uint32_t kSystem = 2;     ///< An actor of the system itself.
  static constexpr std::uint32_t kKeep = 4;       ///< Resumed when a system is found without living members.
  static constexpr std::uint32_t kLocal = 8;      ///< Runs in the process that created it.
  static constexpr std::uint32_t kEndsWithCreator = 16;  ///< Ends with its creator's process.
  static constexpr std::uint32_t kParent = 32;    ///< Has created actors; without it no process looks for its children.
  static constexpr std::uint32_t kParentWantsRestarts = 64;        ///< Its parent wants to hear of restarts.
  static constexpr std::uint32_t kOneForAll = 128;  ///< When a child is restarted, so are all others;
  static constexpr std::uint32_t kRestForOne = 256; ///< ... or those that were requested later.
};

enum class Delivery : std::uint8_t { AtLeastOnce = 0, AtMostOnce = 1, ExactlyOnce = 2 };
enum class WhenFull : std::uint8_t { Wait = 0, Fail = 1, KeepLatest = 2 };

/// Values of Mailbox::sched.
enum class Sched : std::uint32_t { Idle = 0, Polled = 1 };

struct LaneRecord {
  Atomic<std::uint64_t> done;         ///< Completed messages, ever; the low 28 bits compare with seq.
  RecordWord<std::uint64_t> hand_meta;    ///< HandWord.
  RecordWord<std::uint64_t> hand_handle;
  RecordWord<std::uint64_t> hand_own;     ///< Exact owner word of the message in hand.
};

struct Mailbox {
  std::array<Atomic<std::uint64_t>, kLaneCount> in;
  Atomic<std::uint64_t> bytes;  ///< ByteWord: payload bytes that lie in lane Messages; of large ones, without a limit.
  Atomic<std::uint64_t> waits_since_ns;  ///< Tells a wait of this actor from its next one. Seldom written.
  Atomic<std::uint64_t> orders;  ///< gen:32 | bits:32, see slot_order.hpp. Seldom written.
  std::array<std::uint64_t, 2> reserved_p;

  Atomic<std::uint64_t> life;       ///< LifeWord.
  Atomic<std::uint64_t> wake;       ///< WakeWord; 0 until adopted.
  PublishedOnce<std::uint32_t> capacity;  ///< Messages in lane Messages.
  Atomic<std::uint32_t> sched;      ///< Sched.
  Atomic<std::uint32_t> epoch;      ///< Bumped every 2^26 completions: retires senders' caches of done.
  PublishedOnce<Delivery> delivery;
  PublishedOnce<WhenFull> when_full;
  PublishedOnce<std::uint16_t> share_percent;  ///< The share of memory for large messages, where `bytes_max` is 0.
  PublishedOnce<std::uint64_t> wait_ns;  ///< How long a sender waits for room.
  PublishedOnce<std::uint64_t> bytes_max;  ///< 0 for no limit of its own.
  Atomic<std::uint64_t> end;        ///< EndWord; 0 while the actor has not decided to end.
  Atomic<std::uint64_t> waits_for;  ///< ActorId of the actor in whose mailbox this one waits for room; 0 for none.

  std::array<LaneRecord, kLaneCount> lanes;
  Atomic<std::uint32_t> space;      ///< Futex word of senders that wait for room: bit 0 waiting, above it a count.
  Atomic<std::uint32_t> waits_bytes;  ///< Payload bytes of the message that waits.
  Atomic<std::uint64_t> bytes_taken;  ///< ByteWord: taken from the limit by sends that are not pushed yet.
  Atomic<std::uint64_t> replay;  ///< HandWord of lane Messages: the furthest position begun before its hand went back.
  Atomic<std::uint64_t> running_since_ns;  ///< When the present instance began to run; 0 for the first, and from the
                                           ///< decision about a restart until the next one runs.
};
static_assert(sizeof(Mailbox) == 256);
static_assert(offsetof(Mailbox, life) == 64);
static_assert(offsetof(Mailbox, lanes) == 128);
static_assert(offsetof(Mailbox, space) == 224);

/// Does its own limit bound the payload bytes that wait in it?
inline bool has_byte_limit(const Mailbox& mailbox) { return mailbox.bytes_max.read() != 0; }

struct alignas(64) ActorRecord {
  ActorSlot slot;
  Mailbox mailbox;
};
static_assert(std::is_standard_layout_v<ActorRecord>);
static_assert(sizeof(ActorRecord) == 384);

}  // namespace buskin::shm
