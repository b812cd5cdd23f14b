// ServerRegistration: a program has one fork server; the first one is accepted.
#include "admin/daemon/server_registration.hpp"

#include "admin/daemon/text.hpp"
#include "api/runtime/recovery/member_facts.hpp"

namespace buskin::admin {

namespace {

Server server_of(const protocol::Register& message) {
  Server server;
  server.program = message.program();
  server.path = text_of(message.path());
  server.mailbox = shm::ActorId::from_word(message.mailbox());
  server.member = {static_cast<shm::ProcessIndex>(message.process()), message.generation()};
  for (flatbuffers::uoffset_t i = 0; message.types() != nullptr && i < message.types()->size(); ++i) {
    server.types.emplace(message.types()->Get(i), text_of(message.names()->Get(i)));
  }
  return server;
}

}  // namespace

bool ServerRegistration::add(const protocol::Register& message) {
  const Server server = server_of(message);
  if (context_.members.meet(server.member) == nullptr) return false;
  const Server* const former = programs_.find(server.program);
  if (former != nullptr && former->member != server.member &&
      !runtime::lives(context_.segment(), former->member, context_.paths)) {
    deaths_.follow_server(*former);
  }
  const bool is_accepted = phases_.is_running() && programs_.add(server);
  (void)context_.service.post<protocol::Registered>(server.mailbox, is_accepted);
  // The caller tries waiting actors again after this: an actor whose process is on its way must not get another one.
  for (flatbuffers::uoffset_t i = 0; message.children() != nullptr && i < message.children()->size(); ++i) {
    const auto actor = shm::ActorId::from_word(message.children()->Get(i));
    if (shm::awaits_host(context_.segment(), actor)) schedule_.add_asked(actor, server.member);
  }
  return true;
}

}  // namespace buskin::admin
