// small_tables: the rows of types, links, kept replies, faults and units.
//
// The comment of each row says which party writes it.
#pragma once

#include <array>
#include <cstdint>

#include "shm/base/atomic.hpp"
#include "shm/segment/thread_record.hpp"
#include "shm/words/table_words.hpp"

namespace buskin::shm {

/// A message or actor type. Append-only: a CAS of `id` from 0 claims the row; it is whole when `ready` is 1.
struct TypeRow {
  Atomic<std::uint64_t> id;      ///< 64-bit hash of the full name.
  Atomic<std::uint64_t> schema;  ///< Hash of the schema; 0 when unknown.
  Atomic<std::uint32_t> ready;
  std::uint32_t kind;            ///< 0 message, 1 actor.
  std::array<char, 40> name;     ///< Longer names are cut here; the hash tells them apart.
};
static_assert(sizeof(TypeRow) == 64);

/// A peer system. The bridge writes it; `received` is one of the commit words.
struct LinkRow {
  Atomic<std::uint64_t> system;
  Atomic<std::uint64_t> outbound;  ///< ActorId of the mailbox that the bridge reads.
  Atomic<std::uint64_t> received;  ///< Last position pushed here.
  Atomic<std::uint64_t> state;
  std::array<std::uint64_t, 12> reserved;
};
static_assert(sizeof(LinkRow) == 128);

/// A reply that is owed beyond its turn. The thread of the keeping actor writes it, before `done`.
struct ReplyRow {
  Atomic<std::uint64_t> state;  ///< 0 free, 1 taking, 2 kept, 3 answered; above 8 bits the thread that is taking it.
  Atomic<std::uint64_t> message;
  Atomic<std::uint64_t> asker;
  Atomic<std::uint64_t> correlation;
  Atomic<std::uint64_t> deadline_ns;
  Atomic<std::uint64_t> keeper;
  std::array<std::uint64_t, 2> reserved;
};
static_assert(sizeof(ReplyRow) == 64);

/// A copied fault record, written by a repairer. The table is a ring, keyed by process generation and thread.
struct FaultRow {
  Atomic<std::uint64_t> key;
  Atomic<std::uint64_t> time_ns;
  std::array<std::uint64_t, 14> reserved;
  FaultRecord fault;
};
static_assert(sizeof(FaultRow) == 512);

/// 64 KiB of the data area, written by the thread that claims, holds or releases the unit.
struct UnitRow {
  Atomic<std::uint64_t> word;      ///< UnitWord.
  Atomic<std::uint64_t> gen_base;  ///< Generations of blocks made here start above it.
};
static_assert(sizeof(UnitRow) == 16);

}  // namespace buskin::shm
