// close_test: whose reason counts when an actor is closed from outside, and what becomes of its children.
#include "api/runtime/lifecycle/close.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "api/runtime/client/client.hpp"
#include "api/runtime/endpoint/notices.hpp"
#include "api/runtime/endpoint/reserved_notices.hpp"
#include "api/runtime/node/addresses.hpp"
#include "buskin/buskin.hpp"
#include "shm/actor/actor_close.hpp"
#include "shm/mailbox/send.hpp"
#include "shm/segment/slot_facts.hpp"
#include "tests/support/members_fixture.hpp"

namespace close_test {

namespace shm = buskin::shm;
namespace runtime = buskin::runtime;
using buskin::ChildActorExited;
using buskin::Code;
using shm::LifeState;

struct Plain : buskin::Actor<buskin::Text> {
  void on(Message<buskin::Text>) {}
};

class Close : public buskin::test::MembersFixture {
 protected:
  shm::ActorId add(shm::ActorId parent, LifeState state = LifeState::Active,
                   const buskin::CreateOptions& options = {}) {
    const shm::ActorId id = add_actor<Plain>(options, state, own().index);
    segment_.slot(id.index).parent.store_relaxed(parent.word());
    shm::ActorSlot& slot = segment_.slot(parent.index);
    slot.flags.store_relaxed(slot.flags.load_relaxed() | shm::SlotFlag::kParent);
    return id;
  }
  void close(shm::ActorId id) { runtime::close_actor(host_.thread(), id, {Code::ActorDied, "its process died"}); }
  void note(shm::ActorId id, Code code, std::string_view reason, const runtime::EndAt& at = {}) {
    runtime::note_end(host_.thread(), id, runtime::exited(runtime::address_in(segment_, id), code, reason), at);
  }
  /// What the parent was told since the last call.
  std::vector<std::string> told() {
    std::vector<std::string> all;
    (void)client_.take([&](buskin::v0::detail::Incoming& incoming) {
      ChildActorExited notice;
      ASSERT_EQ(incoming.bytes.size(), sizeof notice) << incoming.type_name;
      std::memcpy(&notice, incoming.bytes.data(), sizeof notice);
      all.push_back(buskin::to_string(notice.code) + (": " + std::string(notice.reason.view())));
    });
    return all;
  }
  std::uint64_t mail_of(shm::ActorId id) { return shm::pending_count(segment_, id.index, shm::Lane::Messages); }

  runtime::Client& client_ = host_.client();
};

TEST_F(Close, SaysWhyTheCallerClosesAnActorThatHadNotTakenItsEnd) {
  close(add(client_.id()));
  EXPECT_EQ(told(), std::vector<std::string>{"actor_died: its process died"});
}

TEST_F(Close, SaysWhyAnActorHadTakenItsEnd) {
  const shm::ActorId id = add(client_.id());
  const std::string reason(180, 'r');
  note(id, Code::StartFailed, reason);
  close(id);
  EXPECT_EQ(told(), std::vector<std::string>{"start_failed: " + reason});
  EXPECT_FALSE(shm::is_open(segment_, id));
}

TEST_F(Close, AsksTheChildrenToEnd) {
  const shm::ActorId id = add(client_.id());
  const shm::ActorId child = add(id);
  const shm::ActorId local = add(id, LifeState::Notified, {.place = buskin::here});
  note(id, Code::Ok, "exit");
  close(id);
  EXPECT_EQ(mail_of(child), 1u);
  EXPECT_FALSE(shm::is_open(segment_, local)) << "nobody else could host it";
  EXPECT_EQ(told(), std::vector<std::string>{"ok: exit"});
}

TEST_F(Close, LeavesTheChildrenOfAnActorThatEndsAlone) {
  const shm::ActorId id = add(client_.id());
  const shm::ActorId child = add(id);
  note(id, Code::Ok, "exit", {.ends_children = false});
  close(id);
  EXPECT_EQ(mail_of(child), 0u);
  EXPECT_EQ(shm::parent_of(segment_, child), shm::ActorId{});
}

TEST_F(Close, GoesOnWithTheReasonOfACloserThatDied) {
  const shm::ActorId id = add(client_.id());
  ASSERT_TRUE(shm::begin_close(host_.thread(), id));
  note(id, Code::UnknownType, "no such type");
  close(id);
  EXPECT_EQ(told(), std::vector<std::string>{"unknown_type: no such type"});
}

}  // namespace close_test
