// ProcessLog: one writer at a time.
#include "api/runtime/log/process_log.hpp"

#include "shm/log/log_bell.hpp"
#include "shm/segment/system_words.hpp"

namespace buskin::runtime {

ProcessLog::ProcessLog(shm::Segment& segment, shm::ProcessIndex own) : segment_(segment), writer_(segment, own) {
  BUSKIN_CHECK(own != shm::ProcessIndex::None);  // That entry's ring belongs to no process.
}

bool ProcessLog::append(std::uint64_t console, std::string_view line) {
  if (mark_.is_forked()) return false;
  {
    const std::lock_guard lock(mutex_);
    writer_.append(console, line);
  }
  shm::ring_log_bell(segment_, shm::MemberId::from_word(shm::admin_word(segment_)).index);
  shm::ring_log_bell(segment_, shm::MemberId::from_word(console).index);
  return true;
}

}  // namespace buskin::runtime
