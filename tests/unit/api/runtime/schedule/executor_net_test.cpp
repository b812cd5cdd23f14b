// executor_net_test: a message whose sender never woke anybody is found all the same.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "api/runtime/host/host.hpp"
#include "buskin/buskin.hpp"
#include "buskin/detail/as_client.hpp"
#include "shm/recovery/member.hpp"
#include "shm/memory/payload.hpp"
#include "shm/mailbox/send.hpp"
#include "shm/segment/types.hpp"

namespace net_test {

using namespace std::chrono_literals;
namespace runtime = buskin::runtime;
namespace shm = buskin::shm;

struct Listener : buskin::Actor<buskin::Text> {
  void on(Message<buskin::Text>) {}
};

/// What a sender leaves that is stopped between its push and its kick.
void push_without_kick(shm::Thread& thread, shm::ActorId to) {
  const buskin::detail::MessageInfo& info = buskin::detail::kMessageInfo<buskin::Text>;
  const auto type = shm::register_type(thread.segment(), {info.id, info.name, info.schema, shm::TypeKind::Message});
  ASSERT_TRUE(type.ok());
  std::span<std::byte> place;
  const shm::Envelope envelope{.type = type.value()};
  const auto block = shm::open_block(thread, envelope, 0, place);
  ASSERT_TRUE(block.ok());
  shm::BlockHeader& header = thread.segment().block(block.value());
  // relaxed: the block is ours.
  const shm::OwnerWord held = shm::OwnerWord::unpack(header.own.load_relaxed());
  header.own.store_relaxed(shm::OwnerWord::queued(to.index, shm::Lane::Messages, held.gen).pack());
  ASSERT_EQ(shm::detail::append(thread, {.id = to}, block.value()), shm::SendStatus::Accepted);
}

TEST(ExecutorNet, FindsMailOfASenderThatNeverKicked) {
  auto segment = shm::Segment::create_private({});
  ASSERT_TRUE(segment.ok());
  runtime::NodeOptions options;
  options.look_ns = 20'000'000;
  const auto node = std::make_unique<runtime::Host>(std::move(segment).value(), options, nullptr);
  const buskin::Address listener = *buskin::detail::AsClient(node->client()).create<Listener>();
  const shm::ActorId id{static_cast<shm::ActorIndex>(listener.index()), listener.generation()};
  const auto is_pending = [&] { return shm::pending_count(node->segment(), id.index, shm::Lane::Messages) != 0; };
  while (node->segment().mailbox(id.index).sched.load_seq_cst() == static_cast<std::uint32_t>(shm::Sched::Polled)) {
    std::this_thread::yield();  // Until it has started and rests.
  }

  push_without_kick(node->thread(), id);
  EXPECT_TRUE(is_pending());
  const auto watchdog = std::chrono::steady_clock::now() + 60s;
  while (is_pending() && std::chrono::steady_clock::now() < watchdog) std::this_thread::sleep_for(1ms);
  EXPECT_FALSE(is_pending());
  node->stop(10s);
}

}  // namespace net_test
