// log_ring: the ring of lines that each process has in the segment, as its writer and its readers see it.
//
//   LogHeader | words of records
//
//   record   word 0  bytes of the text; of a gap before the ring's end: kLogGap and the bytes of the whole gap
//            word 1  number of the line
//            word 2  the client whose console shows the line; 0 for none
//            text    padded to whole words
//
// Positions count the bytes that were ever written. From `oldest` to `tail` lie whole records, also after a death at
// any instruction: the writer first gives up the oldest ones, then writes over them, then moves the tail on. So the
// next process of the entry goes on where the dead one stopped, and there is nothing to repair.
//
// A ring takes memory when its process writes its first line: a piece at a time, kLogPieces at most.
#pragma once

#include "shm/segment/segment.hpp"

namespace buskin::shm {

inline constexpr std::uint64_t kWordBytes = 8;
inline constexpr std::uint64_t kLogGap = std::uint64_t{1} << 63;  ///< In word 0: no line, only bytes to skip.
inline constexpr std::uint64_t kLogRecordBytes = 3 * kWordBytes;  ///< The words before the text.
inline constexpr std::size_t kLogLineMax = 4'000;                 ///< Longer lines are cut, with a mark.

struct LogHeader {
  // The process that has the entry writes these.
  alignas(64) Atomic<std::uint64_t> tail;  ///< Where the next record begins.
  Atomic<std::uint64_t> oldest;            ///< Where the oldest record that is still whole begins.
  Atomic<std::uint64_t> lines;             ///< How many lines were written.
  Atomic<std::uint64_t> dropped;           ///< How many the log has not taken and will not.
  // The admin writes this.
  alignas(64) Atomic<std::uint64_t> taken;  ///< Where the records begin that the log has not taken.
};
static_assert(sizeof(LogHeader) == 128);

inline constexpr std::uint64_t kLogBytes = kLogPieces * kPieceBytes - sizeof(LogHeader);  ///< For records.
static_assert(kLogBytes % kWordBytes == 0);

/// The first of the entries of Table::Logs that make up the ring of a process.
constexpr std::uint64_t log_piece(ProcessIndex process) { return std::uint64_t{to_bits(process)} * kLogPieces; }

/// The entry of Table::Logs in which the word at a position lies.
constexpr std::uint64_t log_piece_at(ProcessIndex process, std::uint64_t position) {
  return log_piece(process) + (sizeof(LogHeader) + position % kLogBytes) / kPieceBytes;
}

/// Has the process written a line? Only then its header may be touched.
inline bool has_log(const Segment& segment, ProcessIndex process) {
  return segment.is_backed(Table::Logs, log_piece(process));
}

inline LogHeader& log_header(Segment& segment, ProcessIndex process) {
  return segment.row<LogHeader>(Table::Logs, log_piece(process));
}
inline const LogHeader& log_header(const Segment& segment, ProcessIndex process) {
  return segment.row<LogHeader>(Table::Logs, log_piece(process));
}

/// The word at a position.
inline Atomic<std::uint64_t>& log_word(Segment& segment, ProcessIndex process, std::uint64_t position) {
  auto* const words = reinterpret_cast<Atomic<std::uint64_t>*>(&log_header(segment, process) + 1);
  return words[position % kLogBytes / kWordBytes];
}
inline const Atomic<std::uint64_t>& log_word(const Segment& segment, ProcessIndex process, std::uint64_t position) {
  const auto* const words = reinterpret_cast<const Atomic<std::uint64_t>*>(&log_header(segment, process) + 1);
  return words[position % kLogBytes / kWordBytes];
}

/// The bytes of the record that begins with `word`.
constexpr std::uint64_t log_record_bytes(std::uint64_t word) {
  return (word & kLogGap) != 0 ? word & ~kLogGap : kLogRecordBytes + round_up(word, kWordBytes);
}

}  // namespace buskin::shm
