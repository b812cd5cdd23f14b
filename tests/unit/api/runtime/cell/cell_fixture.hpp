// CellFixture: one process's membership and cells on it, run by hand on the test's thread. No actor system.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "api/runtime/cell/cell.hpp"
#include "api/runtime/client/client.hpp"
#include "buskin/buskin.hpp"
#include "shm/segment/slot_facts.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {

struct Number {
  static constexpr std::string_view kName = "test.Number";
  std::uint64_t value = 0;
};

/// Hosts nothing by itself: remembers which actors it was asked to host.
class LoneNode final : public runtime::Node {
 public:
  LoneNode() : Node(Segment::create_private(small_segment()).value(), {}, nullptr) {}
  ~LoneNode() override { member().return_thread(thread_); }

  shm::Thread& thread() override { return *thread_; }
  Status host(ActorId actor, const runtime::ActorSpec&) override {
    hosted.push_back(actor);
    return {};
  }
  bool run_round() override { return false; }
  void run_until_idle() override {}
  void park_thread() override {}
  void leave_thread() override {}
  void count_gone() override {}

  std::vector<ActorId> hosted;

 private:
  shm::Thread* thread_ = member().lease_thread().value();
};

class CellFixture : public ::testing::Test {
 protected:
  using Cell = runtime::Cell;

  /// The object of an actor that has not ended goes with its process. So does its cell, which knows where the object
  /// is: without it the object would be a leak.
  void TearDown() override {
    static auto* const left = new std::vector<std::unique_ptr<Cell>>;
    for (auto& cell : cells_) {
      if (shm::is_open(segment(), cell->id())) left->push_back(std::move(cell));
    }
    cells_.clear();
  }

  /// A cell for a new actor of type A, not started yet.
  template <class A>
  Cell& make(CreateOptions options = {}) {
    const v0::detail::ActorInfo& info = v0::detail::kActorInfo<A>;
    SlotSpec slot;
    slot.parent = client_->id();
    slot.mailbox.capacity = options.mailbox.capacity;
    slot.mailbox.delivery = static_cast<shm::Delivery>(info.delivery);
    const ActorId id = reserve_actor(thread(), slot).value();
    runtime::ActorSpec spec;
    spec.type_id = info.id;
    spec.type_name = info.name;
    spec.options = std::move(options);
    set_actor_spec(segment(), id, runtime::write_spec(thread(), id, spec).value());
    EXPECT_TRUE(change_life(segment(), id, LifeState::Reserved, LifeState::Requested, thread().process()));
    cells_.push_back(std::make_unique<Cell>(node_, thread(), id, info, spec));
    cells_.back()->set_wake_target({thread().process(), thread().index(), WakeWord::kNoBit});
    return *cells_.back();
  }
  /// The same, started.
  template <class A>
  Cell& start(CreateOptions options = {}) {
    Cell& cell = make<A>(std::move(options));
    run(cell);
    return cell;
  }

  /// Runs the cell until it has nothing to do.
  Cell::Next run(Cell& cell) {
    Cell::Next next{};
    for (int slices = 0; slices < 1'000; ++slices) {
      next = cell.slice(thread(), 64);
      if (next.what != Cell::Next::What::Again) return next;
    }
    ADD_FAILURE() << "it always has something to do";
    return next;
  }

  Address address_of(const Cell& cell) {
    return {segment().system_id(), static_cast<std::uint32_t>(cell.id().index), cell.id().gen};
  }
  void send(const Cell& cell, std::uint64_t value) {
    const Number number{value};
    ASSERT_TRUE(client_->post({address_of(cell), &v0::detail::kMessageInfo<Number>}, runtime::bytes_of(number)).ok());
  }

  struct Received {
    std::vector<std::uint64_t> numbers;
    std::vector<std::string> others;  // Names of other messages.
  };
  /// What the client was sent since the last call.
  Received received() {
    Received received;
    (void)client_->take([&](v0::detail::Incoming& incoming) {
      if (incoming.info->id == v0::detail::message_id<Number>) {
        Number number;
        std::memcpy(&number, incoming.bytes.data(), sizeof number);
        received.numbers.push_back(number.value);
      } else {
        received.others.emplace_back(incoming.type_name);
      }
    });
    return received;
  }
  std::uint64_t counted(Counter counter) {
    return thread().record().counters[static_cast<std::size_t>(counter)].load_relaxed();
  }

  shm::Thread& thread() { return node_.thread(); }
  Segment& segment() { return node_.segment(); }
  Address client() const { return client_->self(); }

  LoneNode node_;
  std::unique_ptr<runtime::Client> client_ = runtime::Client::open(node_, node_.thread());
  std::vector<std::unique_ptr<Cell>> cells_;
};

}  // namespace buskin::test
