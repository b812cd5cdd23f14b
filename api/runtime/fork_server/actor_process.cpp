// actor_process: short on purpose: it stands between a create and its first reply.
#include "api/runtime/fork_server/actor_process.hpp"

#include <cstdio>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "api/runtime/fork_server/actor_output.hpp"
#include "api/runtime/fork_server/actor_signals.hpp"
#include "api/runtime/fork_server/fork_spawner.hpp"
#include "api/runtime/fork_server/shared_place.hpp"
#include "api/runtime/host/host.hpp"
#include "api/runtime/lifecycle/close.hpp"
#include "api/runtime/recovery/process_end.hpp"
#include "shm/base/check.hpp"
#include "shm/base/clock.hpp"
#include "shm/os/process.hpp"
#include "shm/segment/slot_facts.hpp"
#include "shm/segment/system_words.hpp"
#include "system_generated.h"

namespace buskin::runtime {

namespace {

NodeOptions node_options(const SystemPaths& paths, std::uint64_t program, const ActorSpec& spec,
                         const std::string& title) {
  NodeOptions options;
  options.base = Base::Processes;
  options.role = shm::Role::Actors;
  options.title = title;
  options.lock_path = paths.lock;
  options.program = program;
  options.message_max = spec.message_max;
  return options;
}

void report_joined(Host& host, shm::ActorId actor) {
  const shm::Member& member = host.member();
  (void)SystemSender(host.thread(), actor)
      .post<protocol::Joined>({.to = {shm::admin_actor_of(host.segment())}},
                              static_cast<std::uint32_t>(member.index()), member.gen());
}

/// Until the one actor of this process has ended.
void serve_own(Host& host, ActorSignals& signals, shm::ActorId actor, const ActorSpec& spec) {
  shm::Thread& thread = host.thread();
  host.set_unhosted_listener([&] { shm::wake_thread(host.segment(), thread.index()); });
  host_or_close(host, actor, spec);
  // Ends: with the last actor, whose end wakes this thread.
  while (host.hosted_count() != 0) {
    const std::uint64_t due_ns = host.retry_postponed(shm::now_ns());
    shm::sleep_until(thread, due_ns, [&] { return host.hosted_count() != 0 && !signals.has_any(); });
    if (signals.has_any()) signals.handle();
  }
}

void live(const SystemPaths& paths, std::uint64_t program, const ForkSpec& fork, const ActorSpec& spec,
          OutputPipe output) {
  auto segment = shm::Segment::attach(paths.segment);
  if (!segment.ok()) throw std::runtime_error("buskin: " + segment.error().detail);
  const bool is_shared = fork.place != 0;
  const std::string title = is_shared ? "shared " + spec.options.place.name : actor_title(spec.type_name, fork.actor);
  shm::set_process_title("buskin: " + title);
  Host host(std::move(segment).value(), node_options(paths, program, spec, title),
            std::make_unique<ForkSpawner>(fork.console));
  if (!host.take_means(is_shared)) throw std::runtime_error("buskin: there is no memory for the process of " + title);
  const ActorOutput lines(host.segment(), host.member().index(), std::move(output), fork.console);
  report_joined(host, fork.actor);
  ActorSignals signals(host);
  if (is_shared) return SharedPlace(host, signals, fork.place, spec).run(fork);
  serve_own(host, signals, fork.actor, spec);
}

}  // namespace

std::string actor_title(const std::string& type_name, shm::ActorId actor) {
  const std::size_t at = type_name.rfind(':');
  return type_name.substr(at == std::string::npos ? 0 : at + 1) + " " + std::to_string(shm::to_bits(actor.index));
}

void host_or_close(Host& host, shm::ActorId actor, const ActorSpec& spec) {
  const Status hosted = host.host(actor, spec);
  if (hosted.ok()) return;
  // An actor that has started waits for a process that can host it.
  const bool has_started = shm::life_of(host.segment(), actor).state == shm::LifeState::Notified;
  const bool is_refused = hosted.code() == Code::StartFailed || hosted.code() == Code::NoMemory;
  if (has_started && is_refused && host.hosted_count() == 0) throw std::runtime_error(hosted.error().what());
  close_actor(host.thread(), actor, {hosted.code(), hosted.error().what()});
}

int run_actor_process(const SystemPaths& paths, std::uint64_t program, const ForkSpec& fork, const ActorSpec& spec,
                      FromServer shared) {
  BUSKIN_CHECK(fork.actor.index != shm::ActorIndex::None);
  int code = 0;
  try {
    live(paths, program, fork, spec, std::move(shared.output));
  } catch (const std::exception& fault) {
    const std::string sentence = fault.what();
    constexpr std::string_view kOurs = "buskin: ";
    shared.notes.write(sentence.starts_with(kOurs) ? sentence.substr(kOurs.size()) : sentence);
    code = kCouldNotHost;
  }
  std::fflush(nullptr);
  return code;
}

}  // namespace buskin::runtime
