// reaper_role: one word, one CAS.
#include "api/runtime/recovery/reaper_role.hpp"

#include "shm/segment/system_words.hpp"

namespace buskin::runtime {

shm::MemberId reaper_of(const shm::Segment& segment) {
  return shm::MemberId::from_word(shm::reaper_word(segment));
}

bool take_reaper_role(shm::Segment& segment, shm::MemberId own, const SystemPaths& paths) {
  const shm::MemberId holder = reaper_of(segment);
  if (holder == own) return true;
  if (lives(segment, holder, paths)) return false;
  return shm::change_reaper(segment, holder.word(), own.word());
}

void hand_reaper_role(shm::Segment& segment, shm::MemberId own, shm::MemberId to) {
  (void)shm::change_reaper(segment, own.word(), to.word());
}

}  // namespace buskin::runtime
