// LogWriter: gives up what is oldest, writes the words, moves the tail.
#include "shm/log/log_writer.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "shm/base/crash_point.hpp"

namespace buskin::shm {

namespace {

constexpr std::string_view kCutMark = " [cut]";

}  // namespace

void LogWriter::append(std::uint64_t console, std::string_view line) {
  std::string cut;
  if (line.size() > kLogLineMax) {
    cut = std::string(line.substr(0, kLogLineMax - kCutMark.size())).append(kCutMark);
    line = cut;
  }
  const bool is_open = pages_ != 0 || open();
  const std::uint64_t bytes = log_record_bytes(line.size());
  const std::uint64_t to_end = kLogBytes - tail_ % kLogBytes;
  const std::uint64_t gap = bytes <= to_end ? 0 : to_end;  // A record does not go around the end.
  ++lines_;
  if (!is_open || !has_pages(tail_ + gap + bytes)) {
    ++dropped_;
    return;
  }
  make_room(gap + bytes);
  // sync(log_text): release. Which records were given up: a reader that sees the new word sees that too.
  if (gap != 0) log_word(*segment_, process_, tail_).store_release(kLogGap | gap);
  tail_ += gap;
  write_record(console, line);
  tail_ += bytes;
  LogHeader& header = log_header(*segment_, process_);
  // crash(log_written): a whole line that no reader sees; the next process of the entry writes over it.
  crash_point("log_written");
  // sync(log_tail): seq_cst. The record is whole; and the writer looks at the bells after it.
  header.tail.store_seq_cst(tail_);
  // relaxed: counts. Behind the tail, so that a death between them leaves no gap in the numbers.
  header.lines.store_relaxed(lines_);
  header.dropped.store_relaxed(dropped_);
}

/// Goes on where the former process of the entry stopped.
bool LogWriter::open() {
  if (!segment_->back(Table::Logs, log_piece(process_)).ok()) return false;
  pages_ = 1;
  LogHeader& header = log_header(*segment_, process_);
  // relaxed: the former process is dead, and we have its entry.
  tail_ = header.tail.load_relaxed() / kWordBytes * kWordBytes;
  oldest_ = header.oldest.load_relaxed();
  lines_ += header.lines.load_relaxed();
  dropped_ += header.dropped.load_relaxed();
  // A damaged ring: its lines are given up.
  if (oldest_ > tail_ || tail_ - oldest_ > kLogBytes) oldest_ = tail_;
  return true;
}

/// Has the ring memory up to this position? The pieces behind it were reserved when the first lines came there.
bool LogWriter::has_pages(std::uint64_t end) {
  const std::uint64_t last = log_piece_at(process_, end - 1) - log_piece(process_);
  // Ends: with the last piece of the ring, at the latest.
  for (; pages_ <= last; ++pages_) {
    if (!segment_->back(Table::Logs, log_piece(process_) + pages_).ok()) return false;
  }
  return true;
}

void LogWriter::make_room(std::uint64_t bytes) {
  BUSKIN_CHECK(bytes <= kLogBytes);
  LogHeader& header = log_header(*segment_, process_);
  if (tail_ + bytes - oldest_ <= kLogBytes) return;
  // relaxed: a line that is being taken just now may be counted as dropped too.
  const std::uint64_t taken = header.taken.load_relaxed();
  // Ends: each turn gives up one record, and there are no more than kLogBytes of them.
  while (tail_ + bytes - oldest_ > kLogBytes) {
    // relaxed: this process wrote it, or the one before it.
    const std::uint64_t word = log_word(*segment_, process_, oldest_).load_relaxed();
    const std::uint64_t record = log_record_bytes(word);
    if (record == 0 || record > tail_ - oldest_) {  // Damaged: no more of the old lines can be found.
      oldest_ = tail_;
      break;
    }
    if ((word & kLogGap) == 0 && oldest_ >= taken) ++dropped_;
    oldest_ += record;
  }
  // relaxed: the words that are written over them carry it.
  header.oldest.store_relaxed(oldest_);
  // crash(log_room): fewer old lines, and no new one.
  crash_point("log_room");
}

void LogWriter::write_record(std::uint64_t console, std::string_view line) {
  std::uint64_t at = tail_;
  const auto put = [&](std::uint64_t word) {
    // sync(log_text): release. As above.
    log_word(*segment_, process_, at).store_release(word);
    at += kWordBytes;
  };
  put(line.size());
  put(lines_);
  put(console);
  for (std::size_t from = 0; from < line.size(); from += kWordBytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, line.data() + from, std::min<std::size_t>(kWordBytes, line.size() - from));
    put(word);
  }
}

}  // namespace buskin::shm
