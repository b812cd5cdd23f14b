// ActorView: actors in each state of their lives, and how the tool finds one.
#include "admin/view/actor_view.hpp"

#include <optional>

#include "api/runtime/node/addresses.hpp"
#include "shm/base/clock.hpp"
#include "shm/mailbox/room_waiter.hpp"
#include "shm/memory/payload.hpp"
#include "shm/names/names.hpp"
#include "shm/segment/slot_facts.hpp"
#include "tests/support/members_fixture.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/segment_fixture.hpp"

namespace view_unit {

using namespace std::chrono_literals;
namespace shm = buskin::shm;
namespace view = buskin::view;
using buskin::CreateOptions;
using shm::LifeState;

struct Parser : buskin::Actor<buskin::Text> {
  void on(Message<buskin::Text>) {}
};

namespace {

class ActorViewTest : public buskin::test::MembersFixture {
 protected:
  shm::ActorId add(const CreateOptions& options = {}, LifeState state = LifeState::Active) {
    return add_actor<Parser>(options, state, own().index);
  }
  void send(shm::ActorId to, shm::Lane lane) {
    const auto block = shm::make_block(host_.thread(), {}, {});
    ASSERT_TRUE(block.ok());
    ASSERT_EQ(shm::send(host_.thread(), {to, lane, shm::Admission::Exempt}, block.value()),
              shm::SendStatus::Accepted);
  }
  buskin::Address address(shm::ActorId id) const { return buskin::runtime::address_in(segment_, id); }
  std::optional<view::ActorDetails> details(shm::ActorId id) const { return view::view_actor(segment_, address(id)); }
  view::ActorView look_at(shm::ActorId id) const { return details(id).value().actor; }
};

TEST_F(ActorViewTest, AnActorIsShownWithItsTypeItsProcessAndHowItWaits) {
  const shm::ActorId id = add({.run = {.idle = buskin::Idle::Spin}});
  const view::ActorView actor = look_at(id);
  EXPECT_EQ(actor.address, address(id));
  EXPECT_EQ(actor.type, "view_unit::Parser");
  EXPECT_EQ(actor.name, "");
  EXPECT_EQ(actor.pid, static_cast<std::uint32_t>(::getpid()));
  EXPECT_EQ(actor.state, "active");
  EXPECT_EQ(actor.idle, "spin");
  EXPECT_EQ(actor.restarts, 0u);
}

TEST_F(ActorViewTest, MessagesThatWaitAreCountedForEachLane) {
  const shm::ActorId id = add();
  send(id, shm::Lane::Control);
  for (int i = 0; i < 2; ++i) send(id, shm::Lane::Replies);
  for (int i = 0; i < 3; ++i) send(id, shm::Lane::Messages);
  const view::MailboxView mailbox = look_at(id).mailbox;
  EXPECT_EQ(mailbox.control, 1u);
  EXPECT_EQ(mailbox.replies, 2u);
  EXPECT_EQ(mailbox.messages, 3u);
}

TEST_F(ActorViewTest, AnActorThatNoProcessRunsHasNoPid) {
  EXPECT_EQ(look_at(add({}, LifeState::Reserved)).pid, 0u);
  EXPECT_EQ(look_at(add({}, LifeState::Closing)).pid, 0u);
  EXPECT_NE(look_at(add({}, LifeState::Init)).pid, 0u);
}

TEST_F(ActorViewTest, ClientsAreListedOnlyWhereAllAreWanted) {
  const auto client = buskin::runtime::Client::open(host_, host_.thread());
  const shm::ActorId id = add();
  const auto users = view::view_actors(segment_, view::Listed::UserActors);
  ASSERT_EQ(users.size(), 1u);
  EXPECT_EQ(users[0].address, address(id));
  EXPECT_EQ(view::view_actors(segment_, view::Listed::All).size(), 2u);
}

TEST_F(ActorViewTest, DetailsNameTheParentAndTheOptionsThatWereChosen) {
  const shm::ActorId parent = add();
  const shm::ActorId child = add({.mailbox = {.capacity = 7}});
  segment_.slot(child.index).parent.store_relaxed(parent.word());
  const auto found = details(child);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->parent, address(parent));
  EXPECT_FALSE(details(parent)->parent);
  EXPECT_FALSE(found->wait.has_value());
  for (const view::OptionView& option : found->options) {
    EXPECT_EQ(option.is_default, option.name != "mailbox.capacity") << option.name;
  }
}

TEST_F(ActorViewTest, AMailboxWithoutASpecHasNoOptions) {
  const auto client = buskin::runtime::Client::open(host_, host_.thread());
  const auto found = details(client->id());
  ASSERT_TRUE(found.has_value());
  EXPECT_TRUE(found->options.empty());
  EXPECT_EQ(found->actor.type, "");
}

TEST_F(ActorViewTest, AWaitForRoomIsShownUntilItEnds) {
  const shm::ActorId waiter = add();
  const shm::ActorId full = add();
  const std::uint64_t before_ns = shm::now_ns();
  shm::begin_wait(segment_, waiter, {full});
  const auto found = details(waiter);
  ASSERT_TRUE(found->wait.has_value());
  EXPECT_EQ(found->wait->for_room_in, address(full));
  EXPECT_GE(found->wait->since_ns, before_ns);
  EXPECT_FALSE(details(full)->wait.has_value());

  shm::end_wait(segment_, waiter);
  EXPECT_FALSE(details(waiter)->wait.has_value());
}

TEST_F(ActorViewTest, WhatIsNotThereIsNotShown) {
  const shm::ActorId id = add();
  const buskin::Address former = address({id.index, id.gen + 1});
  EXPECT_FALSE(view::view_actor(segment_, {}).has_value());
  EXPECT_FALSE(view::view_actor(segment_, former).has_value());
  EXPECT_FALSE(view::view_actor(segment_, address({static_cast<shm::ActorIndex>(4'000'000), 0})).has_value());
}

TEST_F(ActorViewTest, AnActorIsFoundByNameByAddressAndByNumber) {
  const shm::ActorId id = add();
  shm::ActorId holder{};
  ASSERT_TRUE(shm::insert_name(host_.thread(), id, "parser", holder).ok());
  EXPECT_EQ(look_at(id).name, "parser");
  EXPECT_EQ(view::find_actor(segment_, "parser"), address(id));
  EXPECT_EQ(view::find_actor(segment_, address(id).to_string()), address(id));
  EXPECT_EQ(view::find_actor(segment_, std::to_string(shm::to_bits(id.index))), address(id));
}

TEST_F(ActorViewTest, ATextThatMeansNoActorFindsNone) {
  const shm::ActorId id = add();
  const std::string number = std::to_string(shm::to_bits(id.index));
  for (const std::string& text : {std::string(), std::string("parser"), number + "x", number + "999"}) {
    EXPECT_FALSE(view::find_actor(segment_, text)) << text;
  }
}

/// The state of an actor that is to be started depends on the processes of its system, so the segment has a file.
struct InAFolder {
  buskin::test::ScratchFolder folder_;
};
class ActorToBeStarted : protected InAFolder, public buskin::test::SegmentFixture {
 protected:
  static constexpr std::uint64_t kProgram = 5;

  ActorToBeStarted()
      : SegmentFixture(shm::Segment::create(folder_.file("segment"), buskin::test::small_segment()).value()) {}

  shm::ActorId add_requested() {
    const shm::ActorId id = add_actor();
    buskin::runtime::ActorSpec spec;
    spec.type_id = 1;
    spec.program = kProgram;
    shm::set_actor_spec(segment_, id, buskin::runtime::write_spec(*thread_, id, spec).value());
    EXPECT_TRUE(shm::change_life(segment_, id, LifeState::Reserved, LifeState::Requested, kProcess));
    return id;
  }
  std::unique_ptr<shm::Member> join_server(std::uint64_t program) {
    const shm::MemberSpec server{.role = shm::Role::ForkServer, .title = "", .program = program, .lock_path = ""};
    return shm::Member::join(segment_, server).value();
  }
  std::string_view state_of(shm::ActorId id) {
    return view::view_actor(segment_, buskin::runtime::address_in(segment_, id)).value().actor.state;
  }
};

TEST_F(ActorToBeStarted, WaitsForItsProgramUntilThatHasAForkServer) {
  const shm::ActorId id = add_requested();
  EXPECT_EQ(state_of(id), "waiting for program");
  const auto other = join_server(kProgram + 1);
  EXPECT_EQ(state_of(id), "waiting for program");
  const auto server = join_server(kProgram);
  EXPECT_EQ(state_of(id), "requested");
}

}  // namespace
}  // namespace view_unit
