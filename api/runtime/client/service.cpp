// Service: the loop, the dispatch and the sleep.
#include "api/runtime/client/service.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "api/runtime/node/log.hpp"
#include "shm/base/check.hpp"
#include "shm/base/clock.hpp"
#include "shm/mailbox/wake.hpp"

namespace buskin::runtime {

namespace {

constexpr std::size_t kLoggedTypesMax = 32;

}  // namespace

Service::Service(Node& node, std::string name, Idle idle)
    : name_(std::move(name)), idle_(idle), thread_(&node.thread()), mailbox_(Client::open(node, *thread_)) {
  BUSKIN_CHECK(!node.is_sequential());  // There nobody else would run while it sleeps.
  on<Undeliverable>([] {});  // A message comes back when its receiver died unread. Sources report that death.
}

void Service::add(Entry entry) {
  const bool is_taken = std::any_of(handlers_.begin(), handlers_.end(),
                                    [&](const Entry& other) { return other.type == entry.type; });
  BUSKIN_CHECK(!is_taken);  // The second handler of a type would never be called.
  handlers_.push_back(std::move(entry));
}

void Service::add_source(Source source) {
  BUSKIN_CHECK(source.has_any && source.handle);
  sources_.push_back(std::move(source));
}

void Service::run(const Due& due) {
  BUSKIN_CHECK(&mailbox_->node().thread() == thread_);  // The sleep is on the word of this thread.
  // Ends: by end().
  while (!is_over_) {
    (void)mailbox_->take([this](detail::Incoming& incoming) { dispatch(incoming); });
    for (const Source& source : sources_) {
      if (source.has_any()) source.handle();
    }
    const std::uint64_t next_ns = due(shm::now_ns());
    if (!is_over_) sleep(next_ns);
  }
}

void Service::dispatch(const detail::Incoming& incoming) {
  const auto found = std::find_if(handlers_.begin(), handlers_.end(),
                                  [&](const Entry& entry) { return entry.type == incoming.info->id; });
  if (found == handlers_.end() || !found->call(incoming)) count_unhandled(incoming);
}

void Service::count_unhandled(const detail::Incoming& incoming) {
  ++unhandled_;
  thread_->count(shm::Counter::Unhandled);
  const std::uint64_t type = incoming.info->id;
  const bool is_logged = std::find(logged_types_.begin(), logged_types_.end(), type) != logged_types_.end();
  if (is_logged || logged_types_.size() >= kLoggedTypesMax) return;
  logged_types_.push_back(type);
  const std::array fields{LogField("type", incoming.type_name), LogField("bytes", incoming.bytes.size()),
                          LogField("from", incoming.sender)};
  write_log(Level::Warning, name_, "unhandled message", fields);
}

bool Service::has_mail() const {
  constexpr std::array kLanes{shm::Lane::Control, shm::Lane::Replies, shm::Lane::Messages};
  return std::any_of(kLanes.begin(), kLanes.end(),
                     [this](shm::Lane lane) { return shm::pending_count(segment(), id().index, lane) != 0; });
}

bool Service::has_events() const {
  return std::any_of(sources_.begin(), sources_.end(), [](const Source& source) { return source.has_any(); });
}

void Service::sleep(std::uint64_t deadline_ns) {
  const auto has_any = [this] { return has_events() || has_mail(); };
  if (idle_ == Idle::Spins && spin_.look(has_any)) return;
  if (!mailbox_->park_idle()) return;
  shm::sleep_until(*thread_, deadline_ns, [&] { return !has_any(); });
  if (idle_ == Idle::Spins) spin_.slept();
  shm::unpark(segment(), id().index);
}

void Service::wake() { shm::wake_thread(segment(), thread_->index()); }

}  // namespace buskin::runtime
