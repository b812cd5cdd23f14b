// actor_process: short on purpose: it stands between a create and its first reply.
#include "api/runtime/fork_server/actor_process.hpp"

#include <cstdio>
#include <stdexcept>
#include <thread>

#include "api/runtime/client/client.hpp"
#include "api/runtime/host/host.hpp"
#include "api/runtime/lifecycle/close.hpp"
#include "api/runtime/fork_server/fork_spawner.hpp"
#include "shm/base/clock.hpp"
#include "shm/os/process.hpp"
#include "system_generated.h"

namespace buskin::runtime {

namespace {

constexpr std::uint64_t kWaitStep_ns = 3'600'000'000'000;  // Nothing happens at its end.

template <class T>
T value_in(const detail::Incoming& incoming) {
  return *reinterpret_cast<const T*>(incoming.bytes.data());
}

/// The rest of a shared process: takes more actors until the admin says that nobody asks for the place.
class SharedPlace {
 public:
  SharedPlace(Host& host, std::uint64_t place, const ActorSpec& first)
      : host_(host), place_(place), name_(first.options.place.name), program_(host.options().program), mailbox_(Client::open(host, host.thread())), system_sender_(host.thread()) {}

  void run(const std::vector<shm::ActorId>& more) {
    for (const shm::ActorId actor : more) host(actor);
    report_ready();
    // Ends: with EndPlace, which the admin sends when it has no more actors for us.
    while (!is_over_) {
      std::thread waiter([this] { report_unhosted(); });
      take_until_unhosted();
      waiter.join();
      if (host_.hosted_count() != 0) continue;  // Somebody came between the last end and our hearing of it.
      post<protocol::PlaceEmpty>(hosted_);
      const std::uint64_t before = hosted_;
      is_empty_ = true;
      while (!is_over_ && hosted_ == before) take();
      is_empty_ = false;
    }
  }

 private:
  template <class T>
  void post(std::uint64_t value) {
    (void)system_sender_.post<T>({.to = admin_of(host_.segment()), .from = mailbox_->id()}, place_, value);
  }
  void report_ready() {
    (void)system_sender_.post<protocol::PlaceReady>({.to = admin_of(host_.segment()), .from = mailbox_->id()}, place_,
                                              mailbox_->id().word(), hosted_, name_, program_);
  }
  void report_unhosted() {
    host_.wait_until_unhosted();
    (void)SystemSender(host_.thread()).post<protocol::Unhosted>({.to = mailbox_->id()}, std::uint64_t{0});
  }
  void take_until_unhosted() {
    is_unhosted_ = false;
    while (!is_unhosted_) take();
  }
  void take() {
    if (!mailbox_->wait_for_mail(shm::now_ns() + kWaitStep_ns)) return;
    (void)mailbox_->take([this](detail::Incoming& incoming) {
      if (incoming.info->id == detail::message_id<protocol::Unhosted>) is_unhosted_ = true;
      if (incoming.info->id == detail::message_id<protocol::EndPlace>) is_over_ = true;
      if (incoming.info->id == detail::message_id<protocol::RegisterAgain>) {
        report_ready();
        if (is_empty_) post<protocol::PlaceEmpty>(hosted_);  // Perhaps the one who was told of it is dead.
      }
      if (incoming.info->id == detail::message_id<protocol::HostActor>) {
        host(shm::ActorId::from_word(value_in<protocol::HostActor>(incoming).actor()));
      }
    });
  }
  void host(shm::ActorId actor) {
    ++hosted_;
    const Status hosted = host_.host(actor);
    if (!hosted.ok()) close_actor(host_.thread(), actor, {hosted.code(), hosted.error().what()});
  }

  Host& host_;
  std::uint64_t place_;
  std::string name_;
  std::uint64_t program_;
  std::unique_ptr<Client> mailbox_;
  SystemSender system_sender_;
  std::uint64_t hosted_ = 1;
  bool is_unhosted_ = false;
  bool is_empty_ = false;
  bool is_over_ = false;
};

NodeOptions node_options(const SystemPaths& paths, std::uint64_t program, const ActorSpec& spec, const std::string& title) {
  NodeOptions options;
  options.base = Base::Processes;
  options.role = shm::Role::Actors;
  options.title = title;
  options.lock_path = paths.lock;
  options.program = program;
  options.message_max = spec.message_max;
  return options;
}

void live(const SystemPaths& paths, std::uint64_t program, const ActorOrder& order) {
  auto segment = shm::Segment::attach(paths.segment);
  if (!segment.ok()) throw std::runtime_error("buskin: " + segment.error().detail);
  ActorSpec spec;
  if (!read_spec(segment.value(), order.actor, spec)) return;  // Closed again before we came.
  const bool is_shared = order.place != 0;
  const std::string title = is_shared ? "shared " + spec.options.place.name : actor_title(spec.type_name, order.actor);
  shm::set_process_title("buskin: " + title);
  const auto node = std::make_unique<Host>(std::move(segment).value(), node_options(paths, program, spec, title),
                               std::make_unique<ForkSpawner>(order.output));
  auto& host = *node;
  const shm::Member& member = node->member();
  (void)SystemSender(host.thread()).post<protocol::Joined>({.to = admin_of(host.segment()), .from = order.actor},
                                                      static_cast<std::uint32_t>(member.index()), member.gen());
  const Status hosted = host.host(order.actor);
  if (!hosted.ok()) close_actor(host.thread(), order.actor, {hosted.code(), hosted.error().what()});
  if (is_shared) {
    SharedPlace(host, order.place, spec).run(order.more);
  } else {
    host.wait_until_unhosted();
  }
}

}  // namespace

std::string actor_title(const std::string& type_name, shm::ActorId actor) {
  const std::size_t at = type_name.rfind(':');
  return type_name.substr(at == std::string::npos ? 0 : at + 1) + " " + std::to_string(shm::to_bits(actor.index));
}

int run_actor_process(const SystemPaths& paths, std::uint64_t program, const ActorOrder& order) {
  int code = 0;
  try {
    live(paths, program, order);
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
    code = 1;
  }
  std::fflush(nullptr);
  return code;
}

}  // namespace buskin::runtime
