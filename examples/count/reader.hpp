// Reader: reads files and counts their identifiers in a table of its own.
//
// It asks the walker for kAhead batches, and for one more with each that it has
// done, so that it never waits and never has more. When there is nothing left
// it sends its table to the aggregator, in a few large messages.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <buskin/buskin.hpp>
#include <string>
#include <vector>

#include "count_generated.h"
#include "scan.hpp"

namespace count {

struct Reader : buskin::Actor<buskin::Init<Read>, Batch, NoMore> {
  explicit Reader(const Read& read)
      : walker_(*read.walker()), aggregator_(*read.aggregator()), client_(*read.client()) {}

  void on_start(Context& context) {
    for (int i = 0; i < kAhead; ++i) ask(context);
  }

  void on(Message<Batch> batch, Context& context) {
    ask(context);
    std::uint64_t files = 0, bytes = 0, identifiers = 0, skipped = 0;
    for (const auto* path : *batch->files()) {
      if (!read(path->c_str(), context)) {
        ++skipped;
        continue;
      }
      ++files;
      bytes += text_.size();
      identifiers += scan(text_, table_);
    }
    identifiers_ += identifiers;
    context.send(client_, Progress(files, bytes, identifiers, skipped));
  }

  void on(Message<NoMore>, Context& context) {
    if (++no_more_ == kAhead) send_table(context);
  }

 private:
  static constexpr int kAhead = 2;
  static constexpr std::size_t kChunkEntries = 32'768;
  static constexpr std::size_t kReadBytes = 256 * 1024;

  void ask(Context& context) {
    const Address self = context.self();
    context.send(walker_, Ready(buskin::fbs::Address(self.system(), self.index(), self.generation())));
  }

  // The file's bytes are in text_ afterwards. A file that vanished or cannot be read is skipped.
  bool read(const char* path, Context& context) {
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat status{};
    bool ok = fd >= 0 && fstat(fd, &status) == 0;
    int why = errno;
    if (ok && !S_ISREG(status.st_mode)) {
      ok = false;  // It was replaced after the walker saw it.
      why = ENOENT;
    }
    if (ok) {
      ok = read_all(fd);
      why = errno;
    }
    if (fd >= 0) close(fd);
    if (!ok) context.send<Trouble>(client_, std::string("skipped ") + path + ": " + std::strerror(why));
    return ok;
  }

  bool read_all(int fd) {
    std::size_t used = 0;
    // Ends: at the file's end or an error; read() moves on each time.
    for (;;) {
      if (buffer_.size() < used + kReadBytes) buffer_.resize(2 * used + kReadBytes);
      const ssize_t count = ::read(fd, buffer_.data() + used, buffer_.size() - used);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return false;
      used += static_cast<std::size_t>(count);
      if (count == 0) break;
    }
    text_ = {buffer_.data(), used};
    return true;
  }

  void send_table(Context& context) {
    std::vector<std::uint8_t> names;
    std::vector<std::uint32_t> lengths;
    std::vector<std::uint64_t> hashes, counts;
    const auto flush = [&] {
      auto draft = context.draft<Counts>(names.size() + lengths.size() * 20 + 1024);
      auto& builder = draft.builder();
      draft.finish(CreateCountsDirect(builder, &names, &lengths, &hashes, &counts));
      context.send(aggregator_, std::move(draft));
      names.clear(), lengths.clear(), hashes.clear(), counts.clear();
    };
    for (const Table::Entry& entry : table_.places()) {
      if (entry.count == 0) continue;
      names.insert(names.end(), entry.name.begin(), entry.name.end());
      lengths.push_back(static_cast<std::uint32_t>(entry.name.size()));
      hashes.push_back(entry.hash);
      counts.push_back(entry.count);
      if (lengths.size() == kChunkEntries) flush();
    }
    if (!lengths.empty()) flush();
    context.send(aggregator_, Finished(identifiers_));
  }

  Address walker_, aggregator_, client_;
  Table table_;
  std::vector<char> buffer_;
  std::string_view text_;
  std::uint64_t identifiers_ = 0;
  int no_more_ = 0;
};

}  // namespace count
