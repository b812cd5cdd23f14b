// Storm: processes that talk for as long as they are let, and the ledger of what they said.
//
//   senders --numbers--> relay --two outputs each, as one turn--> sink
//      +-------every kMulticastEvery-th number, one payload to both------^
//
// A number is tried once in all lives of its sender: a death in between leaves it in doubt, and it may
// arrive or not. So whatever arrives twice must say that it is delivered again.
#pragma once

#include <sys/mman.h>

#include <array>
#include <cstring>

#include "shm/base/clock.hpp"
#include "shm/check/check.hpp"
#include "shm/recovery/member.hpp"
#include "shm/memory/multicast.hpp"
#include "shm/memory/payload.hpp"
#include "shm/recovery/reap.hpp"
#include "shm/actor/turn.hpp"
#include "shm/mailbox/wake.hpp"
#include "tests/support/scratch.hpp"

namespace buskin::test {

inline constexpr std::uint32_t kSenders = 2;
inline constexpr std::uint64_t kNumbersMax = 16'000'000;
inline constexpr std::uint64_t kMulticastEvery = 100;
inline constexpr std::uint64_t kLargeEvery = 5'000;

inline constexpr std::uint16_t kFirst = 0;
inline constexpr std::uint16_t kStraight = 2;  ///< From the sender to the sink, as one of two receivers.

/// What a message says: which number of which sender, and which output of it.
struct Word {
  std::uint32_t number;
  std::uint16_t sender;
  std::uint16_t output;
};
static_assert(sizeof(Word) == 8);

/// Shared beside the segment. Each cell has one writer at a time.
struct Ledger {
  struct Cell {
    std::array<std::uint8_t, 3> first;  ///< Unflagged arrivals, of each output.
    std::array<std::uint8_t, 3> again;  ///< Flagged ones.
    std::uint8_t is_accepted;
  };
  std::array<Atomic<std::uint64_t>, kSenders> tried;
  std::array<std::array<std::uint64_t, 2>, kSenders> last;  ///< By way: relayed, straight.
  Atomic<std::uint64_t> out_of_order;
  Atomic<std::uint64_t> handled;
  Atomic<std::uint64_t> turns;
  Atomic<std::uint64_t> no_memory;
  Atomic<std::uint64_t> allowed;  ///< Numbers up to here: the ledger must last as long as the storm.
  std::array<std::array<Cell, kNumbersMax>, kSenders> cells;
};

/// Names of what all processes of a storm share.
struct Stage {
  std::string segment_path;
  std::string lock_path;
  Ledger* ledger = nullptr;
  std::uint64_t medium_every = 64;  ///< One in so many messages has 8 KB.
  ActorId relay{};
  ActorId sink{};
};

inline Ledger* map_ledger() {
  void* const memory =
      ::mmap(nullptr, sizeof(Ledger), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  BUSKIN_CHECK(memory != MAP_FAILED);
  return static_cast<Ledger*>(memory);
}

/// One process of the storm: attached, joined, with a thread record.
class Cast {
 public:
  explicit Cast(const Stage& of)
      : stage(of),
        segment(Segment::attach(of.segment_path).value()),
        member(Member::join(segment, {.role = Role::Actors, .title = "cast", .lock_path = of.lock_path}).value()),
        thread(*member->lease_thread().value()) {}

  Handle make(Word word, std::uint64_t bytes) {
    const auto made = thread.heap().allocate(bytes);
    if (!made.ok()) {
      stage.ledger->no_memory.add_relaxed(1);  // The others must let go of something first.
      return Handle::None;
    }
    BlockHeader& block = segment.block(made.value());
    block.what.store_relaxed(WhatWord{8, {}, 0}.pack());
    block.sender.store_relaxed(0);
    *reinterpret_cast<Word*>(&block + 1) = word;
    return made.value();
  }

  Word word_of(Handle handle) const {
    Word word{};
    std::memcpy(&word, view_payload(segment, handle).bytes.data(), sizeof word);
    return word;
  }

  /// Takes the actor over from its last host.
  void adopt(ActorId id) {
    while (!change_life(segment, id, LifeState::Notified, LifeState::Adopting, member->index())) ::usleep(100);
    set_wake(segment, id.index, {member->index(), thread.index(), WakeWord::kNoBit});
    BUSKIN_CHECK(change_life(segment, id, LifeState::Adopting, LifeState::Active, member->index()));
  }

  /// Sends until it is accepted. False when there is nobody any more.
  bool push(ActorId to, Handle block) {
    for (;;) {  // Ends: when the receiver makes room, or this process is killed.
      const SendStatus status = send(thread, {to, Lane::Messages, Admission::Bounded}, block);
      if (status != SendStatus::Full) return status == SendStatus::Accepted;
      ::usleep(50);
    }
  }

  const Stage& stage;
  Segment segment;
  std::unique_ptr<Member> member;
  Thread& thread;
};

inline constexpr int kLargeTriesMax = 20;  ///< Then a small one will do: there may be no room for large ones.

/// Bytes of the block for a number: now and then a larger one.
inline std::uint64_t bytes_for(const Stage& stage, std::uint64_t number) {
  return number % kLargeEvery == 0 ? 300'000 : number % stage.medium_every == 0 ? 8'000 : 64;
}

inline void send_number(Cast& cast, std::uint64_t sender, std::uint64_t number) {
  const bool is_many = number % kMulticastEvery == 0;
  const Word word{static_cast<std::uint32_t>(number), static_cast<std::uint16_t>(sender), is_many ? kStraight : kFirst};
  Handle block = Handle::None;
  for (int tries = 0; block == Handle::None; ++tries) {  // Ends: when others let go of memory, or with a kill.
    block = cast.make(word, tries < kLargeTriesMax ? bytes_for(cast.stage, number) : 64);
    if (block == Handle::None) ::usleep(20);
  }
  bool is_accepted = false;
  if (is_many) {
    std::array<Handle, 2> both{};
    while (!share(cast.thread, block, both).ok()) ::usleep(50);
    is_accepted = cast.push(cast.stage.relay, both[0]) && cast.push(cast.stage.sink, both[1]);
  } else {
    is_accepted = cast.push(cast.stage.relay, block);
  }
  if (is_accepted) cast.stage.ledger->cells[sender][number].is_accepted = 1;
}

/// A client with a mailbox of its own, which is closed when it dies.
inline int play_sender(const Stage& stage, std::uint64_t sender) {
  Cast cast(stage);
  SlotSpec spec;
  spec.flags = SlotFlag::kClient;
  auto reserved = reserve_actor(cast.thread, spec);
  while (!reserved.ok()) {  // Ends: when others let go of memory, or with a kill.
    ::usleep(200);
    reserved = reserve_actor(cast.thread, spec);
  }
  const ActorId self = reserved.value();
  BUSKIN_CHECK(change_life(cast.segment, self, LifeState::Reserved, LifeState::Active, cast.member->index()));
  Atomic<std::uint64_t>& tried = stage.ledger->tried[sender];
  while (tried.load_relaxed() + 1 < kNumbersMax) {
    const std::uint64_t number = tried.load_relaxed() + 1;
    while (number > stage.ledger->allowed.load_relaxed()) ::usleep(200);
    tried.store_relaxed(number);  // In doubt from here on, until it is accepted.
    crash_order();
    send_number(cast, sender, number);
  }
  return sleep_for_ever();
}

/// Notes an arrival at the sink.
inline void note(Ledger& ledger, Word word, bool is_again) {
  Ledger::Cell& cell = ledger.cells[word.sender][word.number];
  std::uint8_t& count = is_again ? cell.again[word.output] : cell.first[word.output];
  if (count != 255) ++count;
  const std::size_t way = word.output == kStraight ? 1 : 0;
  const std::uint64_t place = std::uint64_t{word.number} * 4 + word.output;
  std::uint64_t& last = ledger.last[word.sender][way];
  if (!is_again && place <= last) ledger.out_of_order.add_relaxed(1);
  last = std::max(last, place);
  ledger.handled.add_relaxed(1);
}

/// Some messages take their time, so that kills find them in hand.
inline void work_on(Word word) {
  if (word.number % 16 != 0) return;
  const std::uint64_t until = now_ns() + 10'000;
  while (now_ns() < until) __builtin_ia32_pause();
}

/// A handler of one actor: the relay's turn, or the sink's note.
inline bool handle(Cast& cast, LaneReader& reader, bool is_relay) {
  if (!reader.poll()) return false;
  const Hand hand = reader.begin(Phase::Running);
  Word word = cast.word_of(hand.handle);
  work_on(word);
  if (!is_relay) {
    note(*cast.stage.ledger, word, hand.redelivered);
    reader.complete(cast.thread, hand);
    return true;
  }
  std::array<Staged, 2> staged{};
  for (std::uint16_t i = 0; i < staged.size(); ++i) {
    word.output = i;
    Handle block = cast.make(word, 64);
    for (; block == Handle::None; block = cast.make(word, 64)) ::usleep(20);  // Ends: as in send_number().
    staged[i] = {EntryKind::Send, Lane::Messages, block, cast.stage.sink};
  }
  commit_turn(cast.thread, reader, hand, staged);
  cast.stage.ledger->turns.add_relaxed(1);
  return true;
}

/// Hosts one actor until it is killed; sleeps when there is nothing to do.
inline int play_host(const Stage& stage, bool is_relay) {
  Cast cast(stage);
  const ActorId id = is_relay ? stage.relay : stage.sink;
  cast.adopt(id);
  LaneReader reader(cast.segment, id.index, Lane::Messages);
  const auto lanes = &cast.segment.mailbox(id.index).lanes;
  for (;;) {  // Ends: with a kill.
    while (is_relay && !has_room(cast.segment, stage.sink)) ::usleep(50);
    if (handle(cast, reader, is_relay)) continue;
    const std::uint64_t done[kLaneCount] = {(*lanes)[0].done.load_relaxed(), (*lanes)[1].done.load_relaxed(),
                                            reader.done()};
    if (!park(cast.segment, id.index, done)) {
      sleep_until(cast.thread, now_ns() + 1'000'000'000, [&] { return !reader.poll(); });
    }
    unpark(cast.segment, id.index);
  }
}

}  // namespace buskin::test
