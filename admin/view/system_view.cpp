// SystemView: put together from the superblock, the counters and the tables.
#include "admin/view/system_view.hpp"

#include <sys/stat.h>

#include "admin/view/words.hpp"
#include "api/runtime/recovery/member_facts.hpp"
#include "api/runtime/recovery/reaper_role.hpp"
#include "shm/actor/actors.hpp"
#include "shm/log/log_reader.hpp"
#include "shm/segment/counters.hpp"
#include "shm/segment/system_words.hpp"

namespace buskin::view {

namespace {

constexpr std::uint64_t kStatBlockBytes = 512;  // The unit of st_blocks on every file system.

std::uint64_t bytes_used_by(const std::string& path) {
  struct stat file {};
  return ::stat(path.c_str(), &file) == 0 ? static_cast<std::uint64_t>(file.st_blocks) * kStatBlockBytes : 0;
}

std::vector<CounterView> view_counters(const shm::Segment& segment) {
  std::vector<CounterView> all;
  const shm::CounterTotals totals = shm::total_counters(segment);
  for (std::size_t i = 0; i < static_cast<std::size_t>(shm::Counter::End); ++i) {
    const std::string_view label = shm::label_of(static_cast<shm::Counter>(i));
    BUSKIN_CHECK(!label.empty());
    all.push_back({label, totals[i]});
  }
  all.push_back({"log_dropped", shm::log_lines_dropped(segment)});
  return all;
}

}  // namespace

SystemView view_system(const shm::Segment& segment, const runtime::SystemPaths& paths) {
  BUSKIN_CHECK(paths.segment == segment.path());
  const shm::Superblock& superblock = segment.superblock();
  const shm::Layout& layout = segment.layout();
  const shm::MemberId admin = runtime::admin_member(segment);
  const bool is_running = runtime::lives(segment, admin, paths);
  return {.name = text_in(superblock.name),
          .is_running = is_running,
          .admin_pid = is_running ? pid_of(segment, admin.index) : 0,
          .admins_count = shm::admin_epoch_of(segment),
          .reaper_pid = pid_of(segment, runtime::reaper_of(segment).index),
          .segment = segment.path(),
          .log = paths.log,
          .memory_used = bytes_used_by(segment.path()),
          .memory_max = (layout.count_of(shm::Table::Units) - layout.reserve_units) * shm::kPieceBytes,
          .processes = view_processes(segment, paths),
          .actors_count = shm::count_user_actors(segment),
          .counters = view_counters(segment)};
}

}  // namespace buskin::view
