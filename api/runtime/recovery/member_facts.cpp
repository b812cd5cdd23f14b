// member_facts: read from the table of processes, and from the words of the system.
#include "api/runtime/recovery/member_facts.hpp"

#include "shm/recovery/member.hpp"
#include "shm/segment/process_table.hpp"
#include "shm/segment/system_words.hpp"

namespace buskin::runtime {

namespace {

shm::ProcessWord word_of(const shm::Segment& segment, shm::ProcessIndex index) {
  const bool is_entry =
      index != shm::ProcessIndex::None && segment.is_backed(shm::Table::Processes, shm::to_bits(index));
  if (!is_entry) return {};
  return shm::word_of(segment.process(index));
}

}  // namespace

shm::MemberId admin_member(const shm::Segment& segment) {
  return shm::MemberId::from_word(shm::admin_word(segment));
}

bool is_there(const shm::Segment& segment, shm::MemberId member) {
  const shm::ProcessWord word = word_of(segment, member.index);
  return word.gen == member.gen && word.state != shm::ProcessState::Free;
}

bool lives(const shm::Segment& segment, shm::MemberId member, const SystemPaths& paths) {
  const shm::ProcessWord word = word_of(segment, member.index);
  return word.gen == member.gen && word.state == shm::ProcessState::Alive &&
         shm::is_member_alive(segment, member.index, paths.lock);
}

std::int32_t server_of(const shm::Segment& segment, std::uint64_t program, const SystemPaths& paths) {
  std::int32_t pid = 0;
  shm::for_each_process(segment, [&](shm::ProcessIndex index, const shm::ProcessEntry& entry, shm::ProcessWord word) {
    // The facts of a process that is still joining are another's; the caller asks again.
    const bool is_its = entry.program.read() == program && entry.role.read() == shm::Role::ForkServer;
    if (is_its && lives(segment, {index, word.gen}, paths)) pid = static_cast<std::int32_t>(entry.pid.read());
  });
  return pid;
}

bool is_stopping(const shm::Segment& segment) {
  return shm::is_ending(segment) || shm::is_told_to_stop(segment);
}

}  // namespace buskin::runtime
