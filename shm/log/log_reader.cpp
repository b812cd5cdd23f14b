// LogReader: copies a record, then asks whether it was still whole.
#include "shm/log/log_reader.hpp"

#include <algorithm>
#include <cstring>

#include "shm/segment/process_table.hpp"

namespace buskin::shm {

namespace {

constexpr int kTriesMax = 64;  // Records that may be written over, or be gaps, before the caller looks elsewhere.

/// May the words from `begin` to `end` be touched?
bool has_pages(const Segment& segment, ProcessIndex process, std::uint64_t begin, std::uint64_t end) {
  return segment.is_backed(Table::Logs, log_piece_at(process, begin)) &&
         segment.is_backed(Table::Logs, log_piece_at(process, end - 1));
}

}  // namespace

std::uint64_t log_tail(const Segment& segment, ProcessIndex process) {
  if (!has_log(segment, process)) return 0;
  // sync(log_tail): acquire. The records before it.
  return log_header(segment, process).tail.load_acquire();
}

std::uint64_t log_taken(const Segment& segment, ProcessIndex process) {
  if (!has_log(segment, process)) return 0;
  // relaxed: an admin wrote it, and the next one has taken its lock byte since.
  return log_header(segment, process).taken.load_relaxed();
}

void set_log_taken(Segment& segment, ProcessIndex process, std::uint64_t position) {
  BUSKIN_CHECK(has_log(segment, process));
  // relaxed: the writer counts by it, and the next admin begins there.
  log_header(segment, process).taken.store_relaxed(position);
}

std::uint64_t log_lines_dropped(const Segment& segment) {
  std::uint64_t dropped = 0;
  const std::uint64_t count = segment.layout().count_of(Table::Processes);
  for (std::uint64_t i = 1; i < count && segment.is_backed(Table::Processes, i); ++i) {
    const auto process = static_cast<ProcessIndex>(i);
    // relaxed: a recent value.
    if (has_log(segment, process)) dropped += log_header(segment, process).dropped.load_relaxed();
  }
  return dropped;
}

bool LogReader::has_any(const Segment& segment) const {
  if (!has_log(segment, process_)) return false;
  // sync(log_tail): seq_cst. After the reader's bell was set; the writer looks at the bell after the tail.
  return log_header(segment, process_).tail.load_seq_cst() != position_;
}

bool LogReader::next(const Segment& segment, LogLine& line) {
  if (!has_log(segment, process_)) return false;
  const LogHeader& header = log_header(segment, process_);
  for (int tries = 0; tries < kTriesMax; ++tries) {
    // sync(log_tail): acquire. The records before it.
    const std::uint64_t tail = header.tail.load_acquire();
    // relaxed: a look; the one behind the copy decides.
    const std::uint64_t oldest = header.oldest.load_relaxed();
    if (position_ < oldest || position_ > tail) position_ = std::min(oldest, tail);
    if (position_ == tail) return false;
    const std::uint64_t begin = position_;
    const bool is_line = read_at(segment, tail, line);
    // relaxed: the words of the copy were acquired, so that it is not older than they are.
    const bool is_whole = header.oldest.load_relaxed() <= begin;
    if (!is_whole) {
      position_ = begin;
    } else if (is_line) {
      line.skipped = has_number_ && line.number > number_ + 1 ? line.number - number_ - 1 : 0;
      number_ = line.number;
      has_number_ = true;
      return true;
    }
  }
  return false;
}

/// Copies the record at the position and goes behind it. False when it is not a line.
bool LogReader::read_at(const Segment& segment, std::uint64_t tail, LogLine& line) {
  std::uint64_t at = position_;
  const auto get = [&] {
    // sync(log_text): acquire. Which records had been given up before it was written.
    const std::uint64_t word = log_word(segment, process_, at).load_acquire();
    at += kWordBytes;
    return word;
  };
  const std::uint64_t end = tail - position_;
  position_ = tail;  // Where the record is damaged, or written over, no other one can be found from it.
  if (end < kWordBytes || !has_pages(segment, process_, at, at + kWordBytes)) return false;
  const std::uint64_t word = get();
  const std::uint64_t bytes = log_record_bytes(word);
  const bool is_gap = (word & kLogGap) != 0;
  if (bytes == 0 || bytes % kWordBytes != 0 || bytes > end || (!is_gap && word > kLogLineMax)) return false;
  const std::uint64_t begin = at - kWordBytes;
  if (!is_gap && !has_pages(segment, process_, begin, begin + bytes)) return false;
  if (!is_gap) {
    line.number = get();
    line.console = get();
    for (std::uint64_t from = 0; from < word; from += kWordBytes) {
      const std::uint64_t part = get();
      std::memcpy(line.buffer.data() + from, &part, kWordBytes);
    }
    line.bytes = word;
  }
  position_ = begin + bytes;
  return !is_gap;
}

}  // namespace buskin::shm
