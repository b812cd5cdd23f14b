// DaemonFixture: the ground that the parts of an admin stand on, without processes: a private segment, a clock that
// the test sets, mailboxes in place of fork servers, and actors that nobody hosts.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "admin/daemon/admin_context.hpp"
#include "admin/daemon/programs.hpp"
#include "api/runtime/host/host.hpp"
#include "api/runtime/node/actor_spec.hpp"
#include "shm/base/clock.hpp"
#include "shm/names/names.hpp"
#include "system_generated.h"
#include "tests/support/scratch.hpp"
#include "tests/support/segment_fixture.hpp"

namespace admin_unit {

namespace shm = buskin::shm;
namespace detail = buskin::detail;
namespace protocol = buskin::protocol;
namespace runtime = buskin::runtime;
using namespace buskin::admin;
using namespace std::chrono_literals;

inline constexpr std::uint64_t kSecond_ns = 1'000'000'000;
inline constexpr std::uint64_t kProgram = 7;
inline constexpr std::uint64_t kType = 77;

/// What a test says of an actor; everything else is as usual.
struct ActorWish {
  std::uint64_t type = kType;
  std::uint64_t program = kProgram;
  buskin::CreateOptions options{};
  shm::ActorId parent{};
};

/// A fork server as the admin knows it: a mailbox that the test reads.
class FakeServer {
 public:
  FakeServer(runtime::Host& host, std::uint64_t program, shm::MemberId member, std::string path)
      : mailbox_(runtime::Client::open(host, host.thread())),
        server_{program, std::move(path), mailbox_->id(), member, {{kType, "Type"}}} {}

  const Server& server() const { return server_; }
  shm::ActorId id() const { return server_.mailbox; }
  void close() { mailbox_.reset(); }

  /// The messages of type T since the last call. Others are an error of the test.
  template <class T>
  std::vector<T> take() {
    std::vector<T> taken;
    (void)mailbox_->take([&](detail::Incoming& incoming) {
      ASSERT_EQ(incoming.info->id, detail::message_id<T>) << incoming.type_name;
      taken.push_back(*detail::View<T>(incoming.bytes).get());
    });
    return taken;
  }
  /// Messages of any type since the last call.
  std::size_t take_all() {
    return mailbox_->take([](detail::Incoming&) {});
  }

 private:
  std::unique_ptr<runtime::Client> mailbox_;
  Server server_;
};

class DaemonFixture : public ::testing::Test {
 protected:
  explicit DaemonFixture(const shm::TableCounts& counts = buskin::test::kHostTables)
      : host_(shm::Segment::create_private(buskin::test::small_segment(counts)).value(),
              runtime::NodeOptions{}, nullptr),
        service_(host_, "admin"),
        watch_(runtime::ProcessWatch::Signals::Left, [] {}),
        members_(host_.segment(), watch_, host_.member().index()) {
    clock_ns_ = shm::now_ns();
    options_.linger_ns = kSecond_ns;
  }

  shm::Segment& segment() { return host_.segment(); }
  shm::Thread& thread() { return host_.thread(); }
  static void pass(std::uint64_t ns) { clock_ns_ += ns; }

  /// An actor that was asked for: REQUESTED by this process.
  shm::ActorId request_actor(const ActorWish& wish = {}) {
    shm::SlotSpec slot;
    slot.parent = wish.parent;
    slot.mailbox.capacity = 16;
    slot.flags = wish.options.keep ? shm::SlotFlag::kKeep : 0;
    if (wish.options.place.kind == buskin::Place::Kind::Here) slot.flags |= shm::SlotFlag::kLocal;
    const shm::ActorId id = shm::reserve_actor(thread(), slot).value();
    shm::ActorId holder{};
    const std::string& name = wish.options.name;
    EXPECT_TRUE(name.empty() || shm::insert_name(thread(), id, name, holder).ok());
    runtime::ActorSpec spec;
    spec.type_id = wish.type;
    spec.type_name = "Type";
    spec.program = wish.program;
    spec.options = wish.options;
    shm::set_actor_spec(segment(), id, runtime::write_spec(thread(), id, spec).value());
    EXPECT_TRUE(
        shm::change_life(segment(), id, shm::LifeState::Reserved, shm::LifeState::Requested, thread().process()));
    return id;
  }
  /// One whose process died, and whose restart nobody has.
  shm::ActorId lost_actor(const ActorWish& wish = {}) {
    const shm::ActorId id = request_actor(wish);
    move(id, shm::LifeState::Requested, shm::LifeState::Notified, shm::ProcessIndex::None);
    return id;
  }
  void move(shm::ActorId id, shm::LifeState from, shm::LifeState to, shm::ProcessIndex host) {
    ASSERT_TRUE(shm::change_life(segment(), id, from, to, host));
  }
  shm::LifeState state_of(shm::ActorId id) { return shm::life_of(segment(), id).state; }
  bool is_there(shm::ActorId id) { return state_of(id) != shm::LifeState::Free; }

  FakeServer make_server(std::uint64_t program = kProgram, const std::string& path = "/bin/program") {
    return {host_, program, {static_cast<shm::ProcessIndex>(20 + program), 0}, path};
  }
  /// An entry of the process table, of a process that was killed.
  shm::MemberId dead_member(shm::Role role, std::uint64_t program = kProgram) {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(0);
    EXPECT_EQ(::waitpid(pid, nullptr, 0), pid);
    const auto index = static_cast<shm::ProcessIndex>(++last_entry_);
    EXPECT_TRUE(segment().back(shm::Table::Processes, last_entry_).ok());
    shm::ProcessEntry& entry = segment().process(index);
    const std::uint32_t gen = shm::word_of(entry).gen;
    entry.pid.write(static_cast<std::uint32_t>(pid));
    entry.start_time.write(1);
    entry.role.write(role);
    entry.program.write(program);
    entry.pid_namespace.store_release(shm::own_pid_namespace());
    entry.word.store_release(shm::ProcessWord{gen, shm::ProcessState::Alive}.pack());
    return {index, gen};
  }

  inline static std::uint64_t clock_ns_ = 0;

  buskin::test::ScratchFolder folder_;
  AdminOptions options_;
  runtime::SystemPaths paths_;
  runtime::LogFile log_ = [this] {
    runtime::create_log(folder_.file("log"));
    return runtime::LogFile(folder_.file("log"));
  }();
  runtime::Host host_;
  runtime::Service service_;
  runtime::ProcessWatch watch_;
  runtime::Members members_;
  AdminContext context_{options_, paths_,
                        log_,     service_,
                        members_, {host_.member().index(), host_.member().gen()},
                        1,        [] { return clock_ns_; }};

 private:
  std::uint64_t last_entry_ = 1;
};

}  // namespace admin_unit
