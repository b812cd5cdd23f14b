// Mailbox words: the packed words of a lane and of an actor slot.
//
//   in         seq:28 | closed:1 | handle:35    newest message, and how many were ever pushed
//   hand.meta  seq:48 | phase:4 | attempts:4 | kills:8
//   life       gen:32 | state:8 | host:24
//   end        there:1 | alone:1 | lane:4 | seq:48   where an end is taken
//   state      version:29 | handle:35           saved state
//   wake       process:16 | thread:24 | bit:24  the thread to wake
//   bytes      seq:19 | odd:1 | bytes:44         payload bytes, and up to which position they are counted
//
// Sequence numbers live on a circle of 2^28; a lane holds less than 2^27.
#pragma once

#include <cstdint>

#include "shm/base/ids.hpp"

namespace buskin::shm {

inline constexpr std::uint64_t kHandleMask = (std::uint64_t{1} << 35) - 1;
inline constexpr std::uint32_t kSeqMask = (1u << 28) - 1;

struct HeadWord {
  std::uint32_t seq = 0;
  bool closed = false;
  Handle handle{};

  constexpr std::uint64_t pack() const {
    return std::uint64_t{seq & kSeqMask} << 36 | std::uint64_t{closed} << 35 |
           (to_bits(handle) & kHandleMask);
  }
  static constexpr HeadWord unpack(std::uint64_t word) {
    return {static_cast<std::uint32_t>(word >> 36), (word >> 35 & 1) != 0,
            static_cast<Handle>(word & kHandleMask)};
  }
};

/// The link of a block that was never pushed. No push succeeds on a closed lane, so no link has it.
inline constexpr std::uint64_t kNil = std::uint64_t{1} << 35;

/// `a - b` on the circle, signed.
constexpr std::int32_t seq_distance(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a - b) << 4) >> 4;
}

enum class Phase : std::uint8_t {
  None = 0,
  Running = 1,  ///< The handler may be at work.
  Charged = 2,  ///< This delivery went wrong, and was counted.
  Skip = 3,     ///< Completed without a handler.
  Handled = 4,  ///< At most once: the handler has returned.
  Lost = 5,     ///< At most once: given to the dead letters.
};

struct HandWord {
  std::uint64_t seq = 0;  ///< 48 bits of `done + 1`.
  Phase phase{};
  std::uint8_t attempts = 0;
  std::uint8_t kills = 0;

  static constexpr std::uint64_t kSeqMask48 = (std::uint64_t{1} << 48) - 1;

  constexpr std::uint64_t pack() const {
    return (seq & kSeqMask48) << 16 | std::uint64_t{static_cast<std::uint8_t>(phase)} << 12 |
           std::uint64_t{attempts & 15u} << 8 | kills;
  }
  static constexpr HandWord unpack(std::uint64_t word) {
    return {word >> 16, static_cast<Phase>(word >> 12 & 15),
            static_cast<std::uint8_t>(word >> 8 & 15), static_cast<std::uint8_t>(word)};
  }
};

/// Is the position in hand beyond `done`? A group's is by more than one.
constexpr bool is_ahead(const HandWord& hand, std::uint64_t done) {
  return hand.seq > (done & HandWord::kSeqMask48);
}

enum class LifeState : std::uint8_t {
  Free = 0,
  Reserved = 1,   ///< An address exists; its actor does not yet. `host` is the creator.
  Requested = 2,  ///< Its start is asked for. With `host`: that process still has to ask, or starts it itself.
                  ///< Without: the slot belongs to the request, wherever that is.
  Init = 3,       ///< The constructor runs in process `host`.
  Active = 4,     ///< It handles messages in `host`.
  Suspended = 5,  ///< It takes messages and handles none, while it moves to another system. That is the bridge's to
                  ///< set; until there is one nothing does. Its host's repairer treats it as Active.
  Crashed = 6,    ///< `host` is dead, and a repairer works on the slot.
  Notified = 7,   ///< Repaired: the actor may be adopted, when its restart is due.
  Adopting = 8,   ///< Process `host` makes the next instance.
  Closing = 9,    ///< No further message gets in; `host` returns those that lie there.
  Drained = 10,   ///< The mailbox is empty, and the slot about to be Free.
};

/// Does the mailbox take messages in this state?
constexpr bool accepts(LifeState state) {
  return state != LifeState::Free && state < LifeState::Closing;
}
/// Has the actor no process, and needs one: for the first time, or because it lost its process?
constexpr bool awaits_host(LifeState state) {
  return state == LifeState::Requested || state == LifeState::Notified;
}

struct LifeWord {
  std::uint32_t gen = 0;
  LifeState state{};
  ProcessIndex host{};  ///< 24 bits: the process that acts in this state.

  constexpr std::uint64_t pack() const {
    return std::uint64_t{gen} << 32 | std::uint64_t{static_cast<std::uint8_t>(state)} << 24 |
           (to_bits(host) & 0xff'ffff);
  }
  static constexpr LifeWord unpack(std::uint64_t word) {
    return {static_cast<std::uint32_t>(word >> 32), static_cast<LifeState>(word >> 24 & 0xff),
            static_cast<ProcessIndex>(word & 0xff'ffff)};
  }
};

/// Names the message with which an actor's end is taken; 0 in the slot for no end.
struct EndWord {
  std::uint64_t seq = 0;  ///< 48 bits of its position; 0: at once, without a message.
  Lane lane{};
  bool ends_children = true;  ///< Or they become top-level actors.

  static constexpr std::uint64_t kThere = std::uint64_t{1} << 63;
  static constexpr std::uint64_t kAlone = std::uint64_t{1} << 62;

  constexpr std::uint64_t pack() const {
    return kThere | (ends_children ? 0 : kAlone) | std::uint64_t{static_cast<std::uint8_t>(lane)} << 48 |
           (seq & HandWord::kSeqMask48);
  }
  static constexpr EndWord unpack(std::uint64_t word) {
    return {word & HandWord::kSeqMask48, static_cast<Lane>(word >> 48 & 15), (word & kAlone) == 0};
  }
};

struct SavedWord {
  std::uint32_t version = 0;  ///< 29 bits, grows by one with each commit.
  Handle handle{};

  constexpr std::uint64_t pack() const {
    return std::uint64_t{version} << 35 | (to_bits(handle) & kHandleMask);
  }
  static constexpr SavedWord unpack(std::uint64_t word) {
    return {static_cast<std::uint32_t>(word >> 35), static_cast<Handle>(word & kHandleMask)};
  }
};

/// Payload bytes of lane Messages, counted up to a position; see ByteQuota.
struct ByteWord {
  std::uint32_t seq = 0;    ///< 19 bits of a position.
  bool is_odd = false;      ///< Lowest bit of the last position that was completed.
  std::uint64_t bytes = 0;  ///< 44 bits.

  static constexpr std::uint32_t kSeqMask19 = (1u << 19) - 1;
  static constexpr std::uint64_t kBytesMask = (std::uint64_t{1} << 44) - 1;

  constexpr std::uint64_t pack() const {
    return std::uint64_t{seq & kSeqMask19} << 45 | std::uint64_t{is_odd} << 44 | (bytes & kBytesMask);
  }
  static constexpr ByteWord unpack(std::uint64_t word) {
    return {static_cast<std::uint32_t>(word >> 45), (word >> 44 & 1) != 0, word & kBytesMask};
  }
  /// Is this the count up to position `position` of the lane?
  constexpr bool is_at(std::uint64_t position) const { return seq == (position & kSeqMask19); }
};

/// The thread that a sender wakes by the futex word of its record. The sender first sets bit `bit` of the
/// ready map of `process`, unless the thread serves this one mailbox alone (`kNoBit`).
struct WakeWord {
  ProcessIndex process{};
  ThreadIndex thread{};
  std::uint32_t bit = kNoBit;

  static constexpr std::uint32_t kNoBit = (1u << 24) - 1;

  constexpr std::uint64_t pack() const {
    return to_bits(process) << 48 | (to_bits(thread) & 0xff'ffff) << 24 | (bit & kNoBit);
  }
  static constexpr WakeWord unpack(std::uint64_t word) {
    return {static_cast<ProcessIndex>(word >> 48), static_cast<ThreadIndex>(word >> 24 & 0xff'ffff),
            static_cast<std::uint32_t>(word & kNoBit)};
  }
};

}  // namespace buskin::shm
