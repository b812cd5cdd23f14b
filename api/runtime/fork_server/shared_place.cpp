// SharedPlace: two states, and the messages between them.
#include "api/runtime/fork_server/shared_place.hpp"

#include <algorithm>

#include "api/runtime/fork_server/actor_process.hpp"
#include "shm/base/check.hpp"
#include "shm/segment/system_words.hpp"

namespace buskin::runtime {

namespace {

constexpr std::uint64_t kReportAgain_ns = 1'000'000'000;

}  // namespace

SharedPlace::SharedPlace(Host& host, ActorSignals& signals, std::uint64_t place, const ActorSpec& spec)
    : host_(host), place_(place), name_(spec.options.place.name),
      service_(host, "shared place " + name_, Service::Idle::Spins) {
  BUSKIN_CHECK(place_ != 0);  // 0 stands for a process of one actor.
  add_handlers();
  add_sources(signals);
}

void SharedPlace::add_handlers() {
  service_.on<protocol::HostActor>(*this, &SharedPlace::host_actor);
  service_.on<protocol::RegisterAgain>(*this, &SharedPlace::report_again);
  service_.on<protocol::EndPlace>(*this, &SharedPlace::end);
}

void SharedPlace::add_sources(ActorSignals& signals) {
  service_.add_source({[&signals] { return signals.has_any(); }, [&signals] { signals.handle(); }});
  service_.add_source({[this] { return is_newly_empty(); }, [this] { become_empty(); }});
  host_.set_unhosted_listener([this] { service_.wake(); });
}

void SharedPlace::run(const ForkSpec& fork) {
  host_one(fork.actor);
  for (const shm::ActorId actor : fork.more) host_one(actor);
  report_ready();
  service_.run([this](std::uint64_t now_ns) { return act(now_ns); });
}

/// What the admin may not have heard is said again: a message to it needs memory, and it may have died.
std::uint64_t SharedPlace::act(std::uint64_t now_ns) {
  const std::uint64_t retry_ns = host_.retry_postponed(now_ns);
  if (is_reported_ && !is_empty_) return retry_ns;
  if (now_ns >= report_at_ns_) report();
  return std::min(retry_ns, report_at_ns_);
}

void SharedPlace::report() {
  report_at_ns_ = shm::now_ns() + kReportAgain_ns;
  if (!is_reported_) report_ready();
  if (is_empty_) report_empty();
}

void SharedPlace::report_ready() {
  is_reported_ = service_.post<protocol::PlaceReady>(shm::admin_actor_of(host_.segment()), place_,
                                                     service_.id().word(), hosted_, name_, host_.options().program);
}

/// For a new admin. The reports to the former admin are lost with it.
void SharedPlace::report_again() {
  report_ready();
  if (is_empty_) report_empty();
}

void SharedPlace::report_empty() {
  (void)service_.post<protocol::PlaceEmpty>(shm::admin_actor_of(host_.segment()), place_, hosted_);
}

bool SharedPlace::is_newly_empty() const { return !is_empty_ && host_.hosted_count() == 0; }

void SharedPlace::become_empty() {
  is_empty_ = true;
  report();
}

/// The admin has sent no actor beside those that have ended.
void SharedPlace::end() {
  BUSKIN_CHECK(is_empty_);
  service_.end();
}

void SharedPlace::host_actor(const protocol::HostActor& asked) { host_one(shm::ActorId::from_word(asked.actor())); }

void SharedPlace::host_one(shm::ActorId actor) {
  is_empty_ = false;
  ++hosted_;
  ActorSpec spec;
  if (read_spec(host_.segment(), actor, spec)) host_or_close(host_, actor, spec);  // If not, it was closed meanwhile.
}

}  // namespace buskin::runtime
