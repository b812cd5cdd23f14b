// kept_logs: groups the files of a folder by their system.
#include "api/runtime/launch/kept_logs.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <vector>

namespace buskin::runtime {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnd = ".log";

struct Kept {
  std::vector<fs::path> files;
  fs::file_time_type last = fs::file_time_type::min();
};

/// The name of the log to which a file belongs, turned over or not. Empty for other files.
std::string log_of_file(const std::string& file) {
  if (!file.starts_with(systems_prefix()) || !file.ends_with(kEnd)) return {};
  std::string name = file.substr(0, file.size() - kEnd.size());
  const std::size_t number = name.find_last_not_of("0123456789");
  if (number != std::string::npos && number + 1 < name.size() && name[number] == '.') name.resize(number);
  return name.append(kEnd);
}

}  // namespace

void remove_old_logs(const SystemPaths& paths) {
  const fs::path own(paths.log);
  std::map<std::string, Kept> logs;
  std::error_code fault;
  for (fs::directory_iterator entry(own.parent_path(), fault), end; !fault && entry != end; entry.increment(fault)) {
    const std::string log = log_of_file(entry->path().filename().string());
    if (log.empty() || log == own.filename()) continue;
    if (fs::exists(fs::path(systems_folder_of(paths)) / segment_name_of(log), fault)) continue;
    Kept& kept = logs[log];
    kept.files.push_back(entry->path());
    kept.last = std::max(kept.last, fs::last_write_time(entry->path(), fault));
  }
  std::vector<const Kept*> ended;
  for (const auto& [log, kept] : logs) ended.push_back(&kept);
  std::sort(ended.begin(), ended.end(), [](const Kept* one, const Kept* other) { return one->last > other->last; });
  for (std::size_t i = kLogsKept; i < ended.size(); ++i) {
    for (const fs::path& file : ended[i]->files) fs::remove(file, fault);  // Another admin may have been faster.
  }
}

}  // namespace buskin::runtime
