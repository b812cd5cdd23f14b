// Reader: reads a batch of files, counts their identifiers, and sends the sums on.
//
// It asks the walker for kAhead batches, and for one more with each that it has
// done, so that it never waits and never has more. A batch is one exactly-once turn
// and nothing is kept from one to the next: a reader that dies with a batch in hand
// has counted nothing of it, and its next instance reads those files again.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <buskin/buskin.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "count_generated.h"
#include "scan.hpp"
#include "sorted.hpp"

namespace count {

struct Reader : buskin::Actor<buskin::Init<Read>, Batch> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;

  explicit Reader(const Read& read)
      : walker_(*read.walker()), aggregator_(*read.aggregator()), client_(*read.client()) {}

  void on_start(Context& context) {
    context.send(client_, Alive(static_cast<std::uint32_t>(getpid()), 0));
    for (int i = 0; i < kAhead; ++i) ask(context);
  }
  // The batches that the former instance asked for still come.
  void on_restart(Context& context) { context.send(client_, Alive(static_cast<std::uint32_t>(getpid()), 1)); }

  void on(Message<Batch> batch, Context& context) {
    ask(context);
    table_.clear();
    std::uint32_t files = 0, skipped = 0;
    std::uint64_t bytes = 0, identifiers = 0;
    for (const auto* path : *batch->files()) {
      if (!read(path->c_str(), context)) {
        ++skipped;
        continue;
      }
      ++files;
      bytes += text_.size();
      identifiers += scan(text_, table_);
    }
    const Sorted sums(table_, identifiers);
    auto draft = context.draft<Counts>(sums.bytes());
    draft.finish(sums.build(draft.builder()));
    context.send(aggregator_, std::move(draft));
    context.send(client_, Progress(batch->number(), files, skipped, batch.redelivered() ? 1 : 0, bytes, identifiers));
  }

 private:
  static constexpr int kAhead = 2;
  static constexpr std::size_t kReadBytes = 256 * 1024;

  void ask(Context& context) {
    const Address self = context.self();
    context.send(walker_, Ready(buskin::fbs::Address(self.system(), self.index(), self.generation())));
  }

  // The file's bytes are in text_ afterwards. A file that vanished or cannot be read is skipped.
  bool read(const char* path, Context& context) {
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat status {};
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

  Address walker_, aggregator_, client_;
  Table table_;
  std::vector<char> buffer_;
  std::string_view text_;
};

}  // namespace count
