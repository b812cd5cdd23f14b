// SystemStop: a flag, and a notice behind it.
#include "api/runtime/node/system_stop.hpp"

#include "shm/base/check.hpp"

namespace buskin::runtime {

bool SystemStop::set(std::string_view reason) {
  const std::lock_guard lock(mutex_);
  if (is_set()) return false;
  notice_.reason = reason;
  // sync(system_stop): seq_cst. Before the clients are woken: one that looked earlier and sleeps is woken, one that
  // looks
  //   before its sleep sees it.
  is_set_.store_seq_cst(1);
  return true;
}

bool SystemStop::is_set() const {
  // sync(system_stop): seq_cst. The last look before a sleep; see set().
  return is_set_.load_seq_cst() != 0;
}

SystemStopped SystemStop::notice() const {
  BUSKIN_CHECK(is_set());
  const std::lock_guard lock(mutex_);
  return notice_;
}

}  // namespace buskin::runtime
