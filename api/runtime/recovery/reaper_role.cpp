// role: one word, one CAS.
#include "api/runtime/recovery/reaper_role.hpp"

#include "api/runtime/lifecycle/close.hpp"
#include "shm/recovery/member.hpp"

namespace buskin::runtime {

namespace {

shm::ProcessWord word_of(const shm::Segment& segment, shm::ProcessIndex index) {
  const bool is_entry = index != shm::ProcessIndex::None && segment.is_backed(shm::Table::Processes, shm::to_bits(index));
  if (!is_entry) return {};
  // sync(process): acquire. Whose entry it is now.
  return shm::ProcessWord::unpack(segment.process(index).word.load_acquire());
}

}  // namespace

MemberId reaper_of(const shm::Segment& segment) {
  // sync(reaper): acquire. The holder had joined before.
  return MemberId::from_word(segment.superblock().reaper.load_acquire());
}

MemberId admin_member(const shm::Segment& segment) {
  // sync(admin): acquire. The admin has joined before it says so.
  return MemberId::from_word(segment.superblock().admin.load_acquire());
}

bool is_there(const shm::Segment& segment, MemberId member) {
  const shm::ProcessWord word = word_of(segment, member.index);
  return word.gen == member.gen && word.state != shm::ProcessState::Free;
}

bool lives(const shm::Segment& segment, MemberId member, const SystemPaths& paths) {
  const shm::ProcessWord word = word_of(segment, member.index);
  return word.gen == member.gen && word.state == shm::ProcessState::Alive &&
         shm::is_alive(segment, member.index, paths.lock);
}

std::int32_t server_of(const shm::Segment& segment, std::uint64_t program, const SystemPaths& paths) {
  std::int32_t pid = 0;
  for_each_process(segment, [&](shm::ProcessIndex index, const shm::ProcessEntry& entry, shm::ProcessWord word) {
    // relaxed: facts of a living process; of one that is still joining they are another's, and it is asked again.
    const bool is_its = entry.program.load_relaxed() == program &&
                        entry.role.load_relaxed() == static_cast<std::uint32_t>(shm::Role::ForkServer);
    // relaxed: as above.
    if (is_its && lives(segment, {index, word.gen}, paths)) pid = static_cast<std::int32_t>(entry.pid.load_relaxed());
  });
  return pid;
}

bool is_stopping(const shm::Segment& segment) {
  const shm::Superblock& superblock = segment.superblock();
  // sync(ending): seq_cst. As everybody who asks whether the system ends.
  if (superblock.ending.load_seq_cst() != 0) return true;
  return superblock.stopping.load_relaxed() != 0;  // relaxed: a moment later we would not have known.
}

bool take_reaper_role(shm::Segment& segment, MemberId own, const SystemPaths& paths) {
  const MemberId holder = reaper_of(segment);
  if (holder == own) return true;
  if (lives(segment, holder, paths)) return false;
  // sync(reaper): acq_rel. One of those who saw it dead gets it.
  return segment.superblock().reaper.cas_acq_rel(holder.word(), own.word());
}

void hand_reaper_role(shm::Segment& segment, MemberId own, MemberId to) {
  // sync(reaper): acq_rel. What we repaired is repaired.
  (void)segment.superblock().reaper.cas_acq_rel(own.word(), to.word());
}

}  // namespace buskin::runtime
