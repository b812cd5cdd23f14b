// Superblock: the first page of a segment: what it is, how large its tables are,
// and the few words that belong to the system as a whole.
//
// The creator writes all fields up to `name` before the segment has a name, and
// no process writes them again. The admin alone writes the words behind them,
// but for those whose comment names another writer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "shm/base/atomic.hpp"

namespace buskin::shm {

inline constexpr std::uint64_t kMagic = 0x4e494b5355420a01;  // "\1\nBUSKIN" on a little-endian machine.
inline constexpr std::uint32_t kLayoutVersion = 3;
inline constexpr std::size_t kSystemCounters = 64;

/// How many entries each table has: parameters of the creation.
struct TableCounts {
  std::uint32_t processes = 4'096;
  std::uint32_t threads = 16'384;
  std::uint32_t actors = 1u << 20;
  std::uint32_t types = 65'536;
  std::uint32_t links = 1'024;
  std::uint32_t replies = 65'536;
  std::uint32_t faults = 256;
  std::uint32_t ready_bits = 1u << 20;  ///< Per process; at most 2^24 - 2.
  std::uint32_t units = 1u << 20;       ///< 64 KiB each: 64 GiB. The reserve is among them.
  std::uint32_t reserve_units = 0;      ///< See reserve_layout.hpp; a multiple of kReserveGroup.
};

struct Superblock {
  std::uint64_t magic;
  std::uint64_t layout_hash;
  std::uint32_t layout_version;
  std::uint32_t superblock_bytes;
  std::uint64_t feature_compatible;
  std::uint64_t feature_read_compatible;
  std::uint64_t feature_incompatible;
  std::uint64_t system_id;                ///< Random at creation; first part of every address.
  std::array<std::uint64_t, 2> boot_id;
  TableCounts counts;
  std::uint32_t creator_uid;
  std::uint64_t bytes_max;                ///< Size of the mapping.
  std::uint64_t created_ns;
  std::array<char, 64> name;

  alignas(64) Atomic<std::uint64_t> admin;   ///< Its ProcessIndex; the gen above.
  Atomic<std::uint64_t> admin_epoch;         ///< How many admins the system has had.
  Atomic<std::uint64_t> reaper;              ///< The process that repairs at once, as `admin`. A process that takes the
                                             ///< role or hands it on writes it: CAS only.
  Atomic<std::uint64_t> ending;              ///< 1 while the admin ends the system.
  Atomic<std::uint64_t> names_root;          ///< 0: the name table of the layout; otherwise a copy of it (Handle).
  Atomic<std::uint64_t> names_next;          ///< The copy that is being filled, or is kept for the next time.
  Atomic<std::uint64_t> admin_actor;         ///< ActorId of the admin's own mailbox.
  Atomic<std::uint64_t> dead_letter_actor;   ///< ActorId of the dead-letter handler; 0 for none. Any thread names one.
  Atomic<std::uint64_t> types_count;         ///< Rows of the type table in use. Threads that register types add.
  Atomic<std::uint64_t> next_unit;           ///< Hint: where to look for free units first. Any thread that takes units
                                             ///< or gives them back writes it.
  // How the system ends: for the admin that follows this one when it is killed.
  Atomic<std::uint64_t> linger_ns;
  Atomic<std::uint64_t> stays;               ///< 1: the system runs until it is told to end.
  Atomic<std::uint64_t> owner;               ///< Pid of the process that it ends with; 0 for none.
  Atomic<std::uint64_t> stopping;            ///< 1: the actors are being ended, and none is restarted.
  Atomic<std::uint64_t> dead_letter_registrar;  ///< ActorId that named the handler; 0 for none.
  Atomic<std::uint64_t> log_limits;          ///< Bytes of a file of the log; above 48 bits how many files.

  alignas(64) std::array<Atomic<std::uint64_t>, kSystemCounters> counters;  ///< Reserved: no process writes them. Those
                                                                            ///< in use lie in the thread records.
};
static_assert(std::is_standard_layout_v<Superblock>);
static_assert(sizeof(Superblock) <= 4096);
static_assert(offsetof(Superblock, counters) - offsetof(Superblock, admin) == 128);

}  // namespace buskin::shm
