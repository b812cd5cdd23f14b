// LossLog: one line, or a count.
#include "api/runtime/node/loss_log.hpp"

#include <array>
#include <string>
#include <utility>

#include "api/runtime/node/actor_spec.hpp"
#include "api/runtime/node/addresses.hpp"
#include "api/runtime/node/log.hpp"
#include "shm/base/check.hpp"
#include "shm/base/clock.hpp"

namespace buskin::runtime {

namespace {

constexpr std::uint64_t kPause_ns = 1'000'000'000;

std::string name_of(const shm::Segment& segment, shm::ActorId id) {
  ActorSpec spec;
  if (!read_spec(segment, id, spec)) return "client";
  return spec.options.name.empty() ? spec.type_name : spec.options.name;
}

}  // namespace

void LossLog::note(const shm::Segment& segment, const Loss& loss) {
  BUSKIN_CHECK(loss.why == Code::MailboxFull || loss.why == Code::WouldDeadlock);
  std::uint64_t unlogged = 0;
  {
    const std::lock_guard lock(mutex_);
    const std::uint64_t now = shm::now_ns();
    if (now < next_ns_) {
      ++unlogged_count_;
      return;
    }
    next_ns_ = now + kPause_ns;
    unlogged = std::exchange(unlogged_count_, 0);
  }
  const std::array fields{LogField("from", address_in(segment, loss.sender)),
                          LogField("to", address_in(segment, loss.receiver)),
                          LogField("receiver", name_of(segment, loss.receiver)),
                          LogField("type", loss.type),
                          LogField("why", to_string(loss.why)),
                          LogField("unlogged", unlogged)};
  write_log(Level::Warning, name_of(segment, loss.sender), "message_lost", fields);
}

}  // namespace buskin::runtime
