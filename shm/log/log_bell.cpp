// log_bell: the writer's side.
#include "shm/log/log_bell.hpp"

namespace buskin::shm {

void ring_log_bell(Segment& segment, ProcessIndex reader) {
  if (reader == ProcessIndex::None || !segment.is_backed(Table::Processes, to_bits(reader))) return;
  Atomic<std::uint32_t>& bell = segment.process(reader).log_bell;
  // sync(log_bell): seq_cst. After the tail of the ring was moved.
  if (bell.load_seq_cst() == 0 || bell.exchange_seq_cst(0) == 0) return;
  futex_wake(bell, 1);
}

}  // namespace buskin::shm
