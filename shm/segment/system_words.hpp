// system_words: the words of the superblock that change while the system runs: which processes are its admin
// and its reaper, whether it ends, and how.
//
// A word that names a process has its ProcessIndex below and the generation of its entry above. A word that
// names an actor is an ActorId; its mailbox says whether it is open.
#pragma once

#include "shm/segment/segment.hpp"

namespace buskin::shm {

/// The actor that gets dead letters; None when there is none.
inline ActorId dead_letter_actor_of(const Segment& segment) {
  // relaxed: an id only.
  return ActorId::from_word(segment.superblock().dead_letter_actor.load_relaxed());
}
/// The endpoint that named it; None when no one did.
inline ActorId dead_letter_registrar_of(const Segment& segment) {
  // relaxed: an id only.
  return ActorId::from_word(segment.superblock().dead_letter_registrar.load_relaxed());
}
inline void set_dead_letter_actor(Segment& segment, ActorId id, ActorId registrar) {
  // relaxed: ids only. When two endpoints name one at the same time, each word has one of the two.
  segment.superblock().dead_letter_registrar.store_relaxed(registrar.word());
  segment.superblock().dead_letter_actor.store_relaxed(id.word());
}

/// The admin's own mailbox; None before there is an admin.
inline ActorId admin_actor_of(const Segment& segment) {
  // sync(admin_actor): acquire. The mailbox was opened before the admin named it.
  return ActorId::from_word(segment.superblock().admin_actor.load_acquire());
}
/// The admin's process; 0 before there is one.
inline std::uint64_t admin_word(const Segment& segment) {
  // sync(admin): acquire. The admin has joined before it names itself.
  return segment.superblock().admin.load_acquire();
}
/// Names the admin: first its open mailbox, then its process, which others can ask from then on.
inline void set_admin(Segment& segment, ActorId mailbox, std::uint64_t process) {
  // sync(admin_actor): release. The mailbox is open.
  segment.superblock().admin_actor.store_release(mailbox.word());
  // sync(admin): release. We have joined, and others can ask us.
  segment.superblock().admin.store_release(process);
}
/// How many admins the system has had.
inline std::uint64_t admin_epoch_of(const Segment& segment) {
  // relaxed: only a living admin writes it, and there is only one; others show it.
  return segment.superblock().admin_epoch.load_relaxed();
}
inline void count_admin(Segment& segment) {
  // relaxed: as above.
  segment.superblock().admin_epoch.store_relaxed(admin_epoch_of(segment) + 1);
}

/// The process that repairs at once, while others wait; 0 for none.
inline std::uint64_t reaper_word(const Segment& segment) {
  // sync(reaper): acquire. The holder had joined before.
  return segment.superblock().reaper.load_acquire();
}
/// Passes the role from one process to another. False when `from` does not have it any more.
inline bool change_reaper(Segment& segment, std::uint64_t from, std::uint64_t to) {
  // sync(reaper): acq_rel. All that the former holder repaired; one of several applicants gets the role.
  return segment.superblock().reaper.cas_acq_rel(from, to);
}

/// Is the admin ending the system? Then no process may join it any more.
inline bool is_ending(const Segment& segment) {
  // sync(ending): seq_cst. In the one order with set_ending() and with the claims of joining processes.
  return segment.superblock().ending.load_seq_cst() != 0;
}
inline void set_ending(Segment& segment, bool is_ending) {
  // sync(ending): seq_cst. The admin sets it, then looks for living members; a process that joins claims its
  //   entry, then looks at this word. One of the two sees the other.
  segment.superblock().ending.store_seq_cst(is_ending ? 1 : 0);
}
/// Are the actors being ended? Then none is restarted.
inline bool is_told_to_stop(const Segment& segment) {
  // relaxed: a moment earlier the caller would not have known.
  return segment.superblock().stopping.load_relaxed() != 0;
}
inline void set_stopping(Segment& segment, bool is_stopping) {
  // relaxed: no later read depends on it.
  segment.superblock().stopping.store_relaxed(is_stopping ? 1 : 0);
}

/// How much of the system's log is kept. The admin writes it for the admin that follows it.
struct LogRules {
  std::uint64_t bytes = 0;  ///< Size of one file; 0: no admin has written the rules.
  std::uint32_t files = 0;
};
inline LogRules log_rules_of(const Segment& segment) {
  // relaxed: the former admin wrote it, and the caller has taken its lock byte.
  const std::uint64_t word = segment.superblock().log_limits.load_relaxed();
  return {word & 0xffff'ffff'ffff, static_cast<std::uint32_t>(word >> 48)};
}
inline void write_log_rules(Segment& segment, const LogRules& rules) {
  // relaxed: for the next admin, which takes the lock byte after us.
  segment.superblock().log_limits.store_relaxed(rules.bytes | std::uint64_t{rules.files} << 48);
}

/// When the system ends by itself. The admin writes the rules for the admin that follows it.
struct EndRules {
  std::uint64_t linger_ns = 0;
  bool is_staying = false;  ///< The system runs until it is told to end.
  std::int32_t owner = 0;   ///< Pid of the process that it ends with; 0 for none.
};
inline EndRules end_rules_of(const Segment& segment) {
  const Superblock& words = segment.superblock();
  // relaxed: the former admin wrote them, and the caller has taken its lock byte.
  return {words.linger_ns.load_relaxed(), words.stays.load_relaxed() != 0,
          static_cast<std::int32_t>(words.owner.load_relaxed())};
}
inline void write_end_rules(Segment& segment, const EndRules& rules) {
  Superblock& words = segment.superblock();
  // relaxed: for the next admin, which takes the lock byte after us.
  words.linger_ns.store_relaxed(rules.linger_ns);
  words.stays.store_relaxed(rules.is_staying ? 1 : 0);
  words.owner.store_relaxed(static_cast<std::uint64_t>(rules.owner));
}

}  // namespace buskin::shm
