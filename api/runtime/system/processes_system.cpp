// processes_system: attach or start, say hello, and leave.
#include "api/runtime/system/processes_system.hpp"

#include <unistd.h>

#include <stdexcept>
#include <string>
#include <thread>

#include "api/core/actor_types.hpp"
#include "api/runtime/fork_server/fork_spawner.hpp"
#include "api/runtime/host/host.hpp"
#include "api/runtime/launch/identity.hpp"
#include "api/runtime/launch/launch.hpp"
#include "api/runtime/launch/start_lock.hpp"
#include "api/runtime/node/fork_mark.hpp"
#include "api/runtime/start/admin_process.hpp"
#include "api/runtime/start/admin_start.hpp"
#include "api/runtime/start/attach.hpp"
#include "api/runtime/start/settings_in_force.hpp"
#include "api/runtime/start/watchdog.hpp"
#include "api/runtime/system/fork_server_main.hpp"
#include "api/runtime/system/printer.hpp"
#include "buskin/detail/as_client.hpp"
#include "buskin/closed_endpoint.hpp"
#include "shm/base/check.hpp"
#include "shm/base/clock.hpp"
#include "shm/os/process.hpp"
#include "shm/segment/system_words.hpp"
#include "system_generated.h"

namespace buskin::runtime {

namespace {

using namespace std::chrono_literals;

constexpr auto kHelloMax = 500ms;  // An admin that works answers at once.
constexpr int kHelloTries = 20;

Address address_in(const shm::Segment& segment, shm::ActorId id) {
  return {segment.system_id(), static_cast<std::uint32_t>(id.index), id.gen};
}

class ProcessesSystem final : public detail::SystemImpl {
 public:
  ProcessesSystem(const SystemPaths& paths, const SystemSettings& settings) : paths_(paths), settings_(settings) {
    ForkSpawner& spawner = join();
    // It may have come to take messages out of a memory that is full.
    const shm::WithPurpose purposed(node_->thread(), shm::Purpose::Supervision);
    in_force_ = settings_in_force(node_->segment(), settings_);
    report_ignored(ignored_options(in_force_, settings_), settings_);
    admin_ = AdminProcess(node_->segment());
    try {
      start_helpers(node_->options().program);
    } catch (...) {
      watchdog_.reset();
      say_goodbye();  // The process lives on: the admin sees no death by which it would know that its client is gone.
      throw;
    }
    spawner.set_console(node_->member().id().word());
  }

  ~ProcessesSystem() override {
    if (node_->is_forked()) {
      keep_for_ever(std::move(watchdog_));
      keep_for_ever(std::move(printer_));
      keep_for_ever(std::move(node_));
      return;
    }
    BUSKIN_CHECK(watchdog_ != nullptr && printer_ != nullptr);
    watchdog_.reset();
    printer_.reset();
    say_goodbye();
    node_->end_clients();  // Their threads use this until then.
    node_.reset();
    // A private system ends with its owner; the next system of this process must not meet it.
    if (settings_.private_system) admin_.wait_for_end();
  }

  detail::ClientEndpoint& client() override {
    return node_->is_forked() ? detail::closed_endpoint(Code::Forked) : node_->client();
  }
  std::unique_ptr<detail::InboxImpl> inbox() override { return node_->is_forked() ? nullptr : node_->open_inbox(); }
  const Settings& settings() const override { return in_force_; }
  void run_until_idle() override {}

 private:
  detail::AsClient verbs() { return detail::AsClient(node_->client()); }
  Address admin() { return address_in(node_->segment(), shm::admin_actor_of(node_->segment())); }

  /// Makes the node. Returns its spawner.
  ForkSpawner& join() {
    ForkSpawner* spawner = nullptr;
    NodeOptions node;
    node.base = Base::Processes;
    node.title = own_executable();
    node.lock_path = paths_.lock;
    node.system_name = settings_.name;
    node.program = program_key();
    node.message_max = settings_.message_max;
    node_ = join_system(paths_, settings_, node, [&] {
      auto made = std::make_unique<ForkSpawner>();
      spawner = made.get();
      return made;
    });
    BUSKIN_CHECK(spawner != nullptr);
    return *spawner;
  }

  void start_helpers(std::uint64_t program) {
    start_fork_server(program);
    const bool has_actors = !detail::actor_types().empty();
    watchdog_ = std::make_unique<Watchdog>(node_->segment(), paths_, settings_, has_actors ? program : 0,
                                           [this] { node_->announce_stop("the system has stopped"); });
    printer_ = std::make_unique<Printer>(*node_);
  }

  void say_goodbye() {
    const shm::WithPurpose purposed(node_->thread(), shm::Purpose::Supervision);
    const shm::Member& member = node_->member();
    verbs().send(admin(), protocol::Goodbye(static_cast<std::uint32_t>(member.index()), member.gen()));
  }

  /// The admin may have been killed just when we joined, and with it all that would start another one.
  /// `lock` is the StartLock when this process has it.
  void replace_admin(const StartLock* lock, std::string& fault) {
    if (has_living_admin(node_->segment(), paths_) || !node_->segment().check_name().ok()) return;
    try {
      if (lock != nullptr) {
        replace_dead_admin(*lock, paths_, settings_);
      } else {
        replace_dead_admin(paths_, settings_);
      }
    } catch (const std::runtime_error& gone) {
      fault = gone.what();  // Killed while it started, or another one was faster: the next try shows which.
    }
    admin_ = AdminProcess(node_->segment());
  }

  /// Says hello to the admin. Returns how many fork servers the program has there.
  std::uint32_t say_hello(std::uint64_t program, const StartLock* lock) {
    const shm::Member& member = node_->member();
    const protocol::Hello hello(static_cast<std::uint32_t>(member.index()), member.gen(), program);
    std::string fault;
    // An admin that is killed now has a successor soon, which is asked then.
    for (int tries = 0; tries < kHelloTries; ++tries) {
      auto pending = verbs().request<protocol::Hello, protocol::Welcome>(admin(), kHelloMax, hello);
      const Answer<protocol::Welcome> welcome = pending.wait();
      if (welcome) return welcome->servers();
      fault = welcome.error().what();
      if (welcome.error().code() == Code::ShuttingDown) break;
      replace_admin(lock, fault);
      if (welcome.error().code() != Code::TimedOut) std::this_thread::sleep_for(kHelloMax / kHelloTries);
    }
    throw std::runtime_error("buskin: the admin does not answer: " + fault);
  }

  void start_fork_server(std::uint64_t program) {
    if (say_hello(program, nullptr) != 0 || detail::actor_types().empty()) return;
    const StartLock lock(paths_.lock);
    std::string fault;
    const std::uint64_t begin = shm::now_ns();
    // Ends: with a server, or after kStartTries, since a server may be killed before it is ready.
    for (int tries = 0; tries < kStartTries && shm::now_ns() - begin < kStartMax_ns; ++tries) {
      if (say_hello(program, &lock) != 0) return;
      fault = launch_fork_server(lock, paths_);
      if (fault.empty()) return;
      std::this_thread::sleep_for(kStartAgain);
    }
    throw std::runtime_error("buskin: the fork server of this program did not start: " + fault);
  }

  SystemPaths paths_;
  SystemSettings settings_;
  Settings in_force_;
  std::unique_ptr<Host> node_;
  AdminProcess admin_;
  std::unique_ptr<Watchdog> watchdog_;
  std::unique_ptr<Printer> printer_;
};

}  // namespace

std::unique_ptr<detail::SystemImpl> open_processes_system(int* argc, char** argv, const SystemSettings& settings) {
  if (const std::string segment = served_segment(argc, argv); !segment.empty()) serve(segment, argc, argv);
  SystemSettings chosen = settings;
  if (chosen.private_system) {
    constexpr std::size_t kNameKept = 24;  // Room for the two numbers within 63 characters.
    chosen.name = settings.name.substr(0, kNameKept) + "-" + std::to_string(::getpid()) + "-" +
                  std::to_string(shm::random_id() % 1'000'000);
  }
  return std::make_unique<ProcessesSystem>(paths_of(chosen.name), chosen);
}

}  // namespace buskin::runtime
