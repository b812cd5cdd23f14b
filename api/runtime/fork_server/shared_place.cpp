// SharedPlace: two states, and the messages between them.
#include "api/runtime/fork_server/shared_place.hpp"

#include "api/runtime/fork_server/actor_process.hpp"
#include "api/runtime/fork_server/fork_spawner.hpp"
#include "api/runtime/launch/start_thread.hpp"
#include "shm/base/check.hpp"

namespace buskin::runtime {

SharedPlace::SharedPlace(Host& host, std::uint64_t place, const ActorSpec& spec)
    : host_(host), place_(place), name_(spec.options.place.name),
      service_(host, "shared place " + name_, Service::Idle::Spins) {
  BUSKIN_CHECK(place_ != 0);  // 0 stands for a process of one actor.
  add_handlers();
}

void SharedPlace::add_handlers() {
  service_.on<protocol::HostActor>(*this, &SharedPlace::host_actor);
  service_.on<protocol::RegisterAgain>(*this, &SharedPlace::report_again);
  service_.on<protocol::Unhosted>(*this, &SharedPlace::was_unhosted);
  service_.on<protocol::EndPlace>(service_, &Service::end);
}

void SharedPlace::run(const std::vector<shm::ActorId>& more) {
  for (const shm::ActorId actor : more) host_one(actor);
  report_ready();
  wait_for_unhosted();
  service_.run();
  if (waiter_.joinable()) waiter_.join();
}

void SharedPlace::report_ready() {
  (void)service_.post<protocol::PlaceReady>(admin_of(host_.segment()), place_, service_.id().word(), hosted_, name_,
                                            host_.options().program);
}

/// For a new admin. The reports to the former admin are lost with it.
void SharedPlace::report_again() {
  report_ready();
  if (is_empty_) report_empty();
}

void SharedPlace::report_empty() {
  (void)service_.post<protocol::PlaceEmpty>(admin_of(host_.segment()), place_, hosted_);
}

void SharedPlace::wait_for_unhosted() {
  BUSKIN_CHECK(!waiter_.joinable());
  waiter_ = start_thread([this] {
    host_.wait_until_unhosted();
    (void)SystemSender(host_.thread()).post<protocol::Unhosted>({.to = {service_.id()}}, std::uint64_t{0});
  });
}

void SharedPlace::was_unhosted() {
  if (!waiter_.joinable()) return;  // Not sent by a waiter of ours.
  waiter_.join();
  if (host_.hosted_count() != 0) return wait_for_unhosted();  // An actor came between the last end and this message.
  is_empty_ = true;
  report_empty();
}

void SharedPlace::host_actor(const protocol::HostActor& asked) {
  host_one(shm::ActorId::from_word(asked.actor()));
  if (!is_empty_) return;
  is_empty_ = false;
  wait_for_unhosted();
}

void SharedPlace::host_one(shm::ActorId actor) {
  ++hosted_;
  host_or_close(host_, actor);
}

}  // namespace buskin::runtime
