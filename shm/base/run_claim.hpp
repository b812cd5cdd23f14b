// RunClaim: which of several threads runs a thing, and whether the thing has to be run once more.
//
//   Free --take--> Taken --release--> Free
//                    |  another thread wanted it in the meantime
//                    +--> Wanted --release--> Free, and release() says so
//
// One of several threads that find the same work runs it. The others leave a mark instead of waiting, so
// that no work is missed which came after the thread had looked for it. For threads of one process.
#pragma once

#include <cstdint>

#include "shm/base/atomic.hpp"
#include "shm/base/check.hpp"

namespace buskin::shm {

class RunClaim {
 public:
  /// True: the caller runs it, until release(). False: another thread does, and knows that it was wanted.
  bool take() {
    // Ends: all exchanges fail only when the thread that has the claim releases it between them.
    for (;;) {
      // sync(run_claim): acq_rel. We see what the last thread that had it did, on any thread.
      if (word_.cas_acq_rel(kFree, kTaken)) return true;
      // sync(run_claim): acq_rel. The thread that has it looks at the work once more.
      if (word_.cas_acq_rel(kTaken, kWanted)) return false;
      // sync(run_claim): acq_rel. The mark stands already; by writing it again we add the work that we found.
      if (word_.cas_acq_rel(kWanted, kWanted)) return false;
    }
  }

  /// True: it was wanted in the meantime, and has to be run once more.
  bool release() {
    // sync(run_claim): acq_rel. The thread that takes it next sees what we did.
    if (word_.cas_acq_rel(kTaken, kFree)) return false;
    // sync(run_claim): acq_rel. The same where another thread found work while we had it.
    const bool was_ours = word_.cas_acq_rel(kWanted, kFree);
    BUSKIN_CHECK(was_ours);
    return true;
  }

  /// For checks of a thread that knows that it is alone.
  bool is_free() const { return word_.load_relaxed() == kFree; }  // relaxed: no other thread has it.

 private:
  static constexpr std::uint32_t kFree = 0;
  static constexpr std::uint32_t kTaken = 1;
  static constexpr std::uint32_t kWanted = 2;

  Atomic<std::uint32_t> word_{kFree};
};

}  // namespace buskin::shm
