// ForkSpawner: one message to the admin.
#include "api/runtime/fork_server/fork_spawner.hpp"

#include "api/runtime/endpoint/system_sender.hpp"
#include "shm/base/clock.hpp"
#include "shm/actor/create_entry.hpp"
#include "shm/segment/system_words.hpp"
#include "shm/segment/types.hpp"
#include "shm/mailbox/wake.hpp"
#include "system_generated.h"

namespace buskin::runtime {

namespace {

constexpr std::uint64_t kAdminMax_ns = 2'000'000'000;
constexpr std::uint64_t kAdminStep_ns = 1'000'000;

bool is_over(const shm::Segment& segment) {
  return shm::is_ending(segment) || !segment.check_name().ok();
}

}  // namespace

std::optional<shm::Staged> ForkSpawner::prepare(Node& node, shm::Thread& thread, shm::ActorId actor) {
  const shm::ActorId admin = shm::admin_actor_of(node.segment());
  const shm::Handle request = SystemSender(thread, actor).make<protocol::CreateActor>(0, actor.word());
  if (request == shm::Handle::None) return std::nullopt;
  return shm::creation_by(admin, request);
}

Status ForkSpawner::spawn(Node& node, shm::Thread& thread, shm::ActorId actor, const ActorSpec&) {
  shm::Segment& segment = node.segment();
  const std::uint64_t deadline = shm::now_ns() + kAdminMax_ns;
  // Ends: an admin takes it, the system ends, or the deadline: a killed admin has a successor by then.
  do {
    const Outgoing request{.to = {shm::admin_actor_of(segment)}};
    if (SystemSender(thread, actor).post<protocol::CreateActor>(request, actor.word())) return {};
    if (shm::is_open(segment, request.to.id)) {
      return Error(Code::NoMemory, "there is no memory for a message to the admin");
    }
    shm::sleep_until(thread, shm::now_ns() + kAdminStep_ns, [] { return true; });
  } while (!is_over(segment) && shm::now_ns() < deadline);
  return Error(Code::ShuttingDown, "the system is ending, or has no admin");
}

}  // namespace buskin::runtime
