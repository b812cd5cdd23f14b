// Walker: hands out the regular files below a directory, in batches, as readers ask for them.
//
// It walks only as far as readers ask, so they bound the work outstanding by the
// room that they have. It lists directories and opens no file.
#pragma once

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <buskin/buskin.hpp>
#include <string>
#include <vector>

#include "count_generated.h"

namespace count {

struct Walker : buskin::Actor<buskin::Init<Walk>, Ready> {
  explicit Walker(const Walk& walk)
      : aggregator_(*walk.aggregator()), client_(*walk.client()), directories_{walk.root()->str()} {}
  Walker(const Walker&) = delete;
  Walker& operator=(const Walker&) = delete;
  ~Walker() { close(); }

  void on(Message<Ready> ready, Context& context) {
    // Small ones first: where there are few files, every reader gets some.
    const std::size_t most = std::min(kBatchFilesMax, kBatchFilesMin + batches_ * kBatchGrowth);
    std::vector<std::string> files;
    std::string file;
    while (files.size() < most && next_file(file, context)) files.push_back(file);
    if (!files.empty()) {
      files_ += files.size();
      context.send<Batch>(Address(ready->reader()), batches_++, files);
    } else if (!std::exchange(has_finished_, true)) {
      context.send(aggregator_, Finished(batches_));
      context.send(client_, Walked(batches_, files_));
    }
  }

 private:
  static constexpr std::size_t kBatchFilesMin = 16;
  static constexpr std::size_t kBatchFilesMax = 256;
  static constexpr std::size_t kBatchGrowth = 8;

  bool next_file(std::string& file, Context& context) {
    // Ends: each turn takes one entry or one directory off a finite tree; links are not followed.
    for (;;) {
      if (open_ == nullptr && !open_next(context)) return false;
      const dirent* entry = readdir(open_);
      if (entry == nullptr) {
        close();
        continue;
      }
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      file = path_ + "/" + entry->d_name;
      const unsigned char type = entry->d_type == DT_UNKNOWN ? type_of(file) : entry->d_type;
      if (type == DT_DIR) directories_.push_back(file);
      if (type == DT_REG) return true;
    }
  }

  bool open_next(Context& context) {
    while (!directories_.empty()) {
      path_ = std::move(directories_.back());
      directories_.pop_back();
      open_ = opendir(path_.c_str());
      if (open_ != nullptr) return true;
      context.send<Trouble>(client_, "cannot list " + path_ + ": " + std::strerror(errno));
    }
    return false;
  }

  // For file systems that do not say it in the directory.
  static unsigned char type_of(const std::string& path) {
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0) return DT_UNKNOWN;
    return S_ISDIR(status.st_mode) ? DT_DIR : S_ISREG(status.st_mode) ? DT_REG : DT_UNKNOWN;
  }

  void close() {
    if (open_ != nullptr) closedir(std::exchange(open_, nullptr));
  }

  Address aggregator_, client_;
  std::vector<std::string> directories_;
  std::string path_;
  DIR* open_ = nullptr;
  std::uint32_t batches_ = 0;
  std::uint64_t files_ = 0;
  bool has_finished_ = false;
};

}  // namespace count
