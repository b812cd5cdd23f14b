// check_options: one condition per option.
#include "api/runtime/node/check_options.hpp"

#include <sched.h>

#include <algorithm>
#include <string>

#include "shm/mailbox/lane_reader.hpp"

namespace buskin::runtime {

namespace {

constexpr std::uint32_t kCapacityMax = shm::kLaneMax / 2;
constexpr int kRealtimeMax = 99;
constexpr std::uint32_t kKillsMax = 255;

Error bad(std::string sentence) { return Error(Code::BadOption, std::move(sentence)); }

bool is_negative(Duration time) { return time < Duration::zero(); }

Status check_mailbox(const MailboxOptions& mailbox) {
  if (mailbox.capacity == 0) return bad("mailbox.capacity is 0: a mailbox has room for at least one message");
  if (mailbox.capacity > kCapacityMax) {
    return bad("mailbox.capacity is " + std::to_string(mailbox.capacity) + ": it is at most " +
               std::to_string(kCapacityMax));
  }
  if (mailbox.share == 0 || mailbox.share > 100) {
    return bad("mailbox.share is " + std::to_string(mailbox.share) + ": it is from 1 to 100 percent of memory_max");
  }
  if (is_negative(mailbox.wait)) return bad("mailbox.wait is negative: it is a time, or 0");
  return {};
}

Status check_run(const RunOptions& run) {
  if (run.realtime < 0 || run.realtime > kRealtimeMax) {
    return bad("run.realtime is " + std::to_string(run.realtime) + ": it is a priority from 1 to 99, or 0");
  }
  const bool has_cpu =
      std::all_of(run.cpus.begin(), run.cpus.end(), [](int cpu) { return cpu >= 0 && cpu < CPU_SETSIZE; });
  if (!has_cpu) return bad("run.cpus names a processor that no machine has");
  return {};
}

Status check_supervise(const SuperviseOptions& supervise) {
  if (supervise.attempts == 0 || supervise.attempts > shm::kAttemptsMax) {
    return bad("supervise.attempts is " + std::to_string(supervise.attempts) + ": it is from 1 to 15");
  }
  if (supervise.kills_max == 0 || supervise.kills_max > kKillsMax) {
    return bad("supervise.kills_max is " + std::to_string(supervise.kills_max) + ": it is from 1 to 255");
  }
  if (supervise.on_crash == Decision::Resume) {
    return bad("supervise.on_crash is Resume: a crash leaves no state with which to go on");
  }
  if (is_negative(supervise.within) || is_negative(supervise.backoff) || is_negative(supervise.backoff_max)) {
    return bad("supervise.within, backoff and backoff_max are times: they are not negative");
  }
  return {};
}

}  // namespace

Status check_options(const CreateOptions& options) {
  if (options.place.kind == Place::Kind::Shared && options.place.name.empty()) {
    return bad("place is a shared process without a name");
  }
  if (const Status status = check_mailbox(options.mailbox); !status.ok()) return status;
  if (const Status status = check_run(options.run); !status.ok()) return status;
  return check_supervise(options.supervise);
}

}  // namespace buskin::runtime
