// MembersFixture: a private segment with a Host, and entries of further processes, living or dead.
//
// A living process is this one under another entry. A dead one is an entry with the number of a
// process that was forked, has ended and was waited for.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "api/runtime/host/host.hpp"
#include "api/runtime/launch/paths.hpp"
#include "shm/base/ids.hpp"
#include "api/runtime/node/actor_spec.hpp"
#include "buskin/detail/contract.hpp"
#include "shm/actor/actors.hpp"
#include "tests/support/tables.hpp"

namespace buskin::test {

/// The number of a process that is gone.
inline std::int32_t dead_pid() {
  static const std::int32_t dead = [] {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(0);
    ::waitpid(pid, nullptr, 0);
    return pid;
  }();
  return dead;
}

class MembersFixture : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kProgram = 7;

  MembersFixture() : host_(make_segment(), host_options(), nullptr), segment_(host_.segment()) {}
  ~MembersFixture() override { others_.clear(); }

  shm::MemberId own() { return id_of(host_.member()); }

  /// One more process, which lives.
  shm::MemberId join(shm::Role role, std::uint64_t program = 0) {
    auto joined = shm::Member::join(segment_, {.role = role, .title = "other", .program = program, .lock_path = ""});
    EXPECT_TRUE(joined.ok());
    others_.push_back(std::move(joined).value());
    return id_of(*others_.back());
  }
  /// From now on the kernel says that the process is dead.
  void kill(shm::MemberId member) {
    segment_.process(member.index).pid.write(static_cast<std::uint32_t>(dead_pid()));
  }
  shm::MemberId join_dead(shm::Role role, std::uint64_t program = 0) {
    const shm::MemberId member = join(role, program);
    kill(member);
    return member;
  }
  /// The process leaves in order.
  void leave(shm::MemberId member) {
    std::erase_if(others_, [&](const auto& other) { return id_of(*other) == member; });
  }

  /// An actor of type A that `process` has in the state `state`.
  template <class A>
  shm::ActorId add_actor(const CreateOptions& options, shm::LifeState state, shm::ProcessIndex process) {
    runtime::ActorSpec spec;
    spec.options = options;
    spec.type_id = detail::registered_info<A>().id;
    spec.type_name = detail::registered_info<A>().name;
    spec.program = kProgram;
    shm::SlotSpec slot;
    if (options.place.kind == Place::Kind::Here) slot.flags = shm::SlotFlag::kLocal;
    const shm::ActorId id = shm::reserve_actor(host_.thread(), slot).value();
    shm::set_actor_spec(segment_, id, runtime::write_spec(host_.thread(), id, spec).value());
    EXPECT_TRUE(shm::change_life(segment_, id, shm::LifeState::Reserved, state, process));
    return id;
  }

  runtime::Host host_;
  shm::Segment& segment_;
  const runtime::SystemPaths paths_{};  // Without a lock file: processes are told by their numbers alone.

 private:
  static shm::Segment make_segment() {
    shm::SegmentOptions options;
    options.counts = kHostTables;
    options.name = "test";
    return shm::Segment::create_private(options).value();
  }
  static runtime::NodeOptions host_options() {
    runtime::NodeOptions options;
    options.role = shm::Role::ForkServer;
    options.program = kProgram;
    return options;
  }
  static shm::MemberId id_of(const shm::Member& member) { return {member.index(), member.gen()}; }

  std::vector<std::unique_ptr<shm::Member>> others_;
};

}  // namespace buskin::test
