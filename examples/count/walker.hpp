// Walker: hands out the regular files below a directory, in batches, as readers ask for them.
//
// It walks only as far as somebody asks, so the work outstanding is bounded by
// what readers have room for. It lists directories and opens no file.
#pragma once

#include <dirent.h>
#include <sys/stat.h>

#include <buskin/buskin.hpp>
#include <string>
#include <vector>

#include "count_generated.h"

namespace count {

struct Walker : buskin::Actor<buskin::Init<Walk>, Ready> {
  explicit Walker(const Walk& walk) : client_(*walk.client()), directories_{walk.root()->str()} {}
  Walker(const Walker&) = delete;
  Walker& operator=(const Walker&) = delete;
  ~Walker() { close(); }

  void on(Message<Ready> ready, Context& context) {
    const Address reader(ready->reader());
    std::vector<std::string> files;
    std::string file;
    while (files.size() < kBatchFiles && next_file(file, context)) files.push_back(file);
    if (files.empty()) {
      context.send(reader, NoMore(listed_));
    } else {
      context.send<Batch>(reader, files);
    }
  }

 private:
  static constexpr std::size_t kBatchFiles = 64;

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
      if (open_ != nullptr) {
        ++listed_;
        return true;
      }
      context.send<Trouble>(client_, "cannot list " + path_ + ": " + std::strerror(errno));
    }
    return false;
  }

  // For file systems that do not say it in the directory.
  static unsigned char type_of(const std::string& path) {
    struct stat status{};
    if (lstat(path.c_str(), &status) != 0) return DT_UNKNOWN;
    return S_ISDIR(status.st_mode) ? DT_DIR : S_ISREG(status.st_mode) ? DT_REG : DT_UNKNOWN;
  }

  void close() {
    if (open_ != nullptr) closedir(std::exchange(open_, nullptr));
  }

  Address client_;
  std::vector<std::string> directories_;
  std::string path_;
  DIR* open_ = nullptr;
  std::uint64_t listed_ = 0;
};

}  // namespace count
