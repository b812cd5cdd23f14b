// actor_spec_test: a spec comes back as it was written, and damaged bytes are refused.
#include "api/runtime/node/actor_spec.hpp"

#include <cstring>

#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

using runtime::ActorSpec;

/// Differs from the default in every field.
ActorSpec full_spec() {
  ActorSpec spec;
  spec.type_id = 0x1234'5678'9abc'def0;
  spec.type_name = "demo::Parser";
  spec.program = 11;
  spec.correlation = 12;
  spec.creator = 13;
  spec.console = 14;
  spec.message_max = 15;
  spec.member = 16;
  spec.init = {std::byte{1}, std::byte{2}, std::byte{3}};
  spec.options.name = "parser/1";
  spec.options.place = shared("parsers");
  spec.options.mailbox = {17, 21, 18, buskin::WhenFull::KeepLatest, Duration(19)};
  spec.options.run = {Idle::Sleep, {0, 3}, 20, true};
  spec.options.keep = true;
  spec.options.life = Life::Creator;
  spec.options.supervise = {.on_throw = Decision::Stop,
                            .on_crash = Decision::Escalate,
                            .restarts = 21,
                            .within = Duration(22),
                            .backoff = Duration(23),
                            .backoff_max = Duration(24),
                            .attempts = 5,
                            .kills_max = 26};
  return spec;
}

class ActorSpecTest : public SegmentFixture {
 protected:
  /// An actor that has the spec.
  ActorId actor_with(const ActorSpec& spec) {
    const ActorId id = add_actor();
    const auto block = runtime::write_spec(*thread_, id, spec);
    EXPECT_TRUE(block.ok());
    set_actor_spec(segment_, id, block.value());
    return id;
  }
  Handle block_of(ActorId id) const { return static_cast<Handle>(segment_.slot(id.index).spec.load_relaxed()); }
  /// To be damaged, as by a stray writer.
  std::span<std::byte> bytes_of(ActorId id) const {
    const auto bytes = view_payload(segment_, block_of(id)).bytes;
    return {const_cast<std::byte*>(bytes.data()), bytes.size()};
  }

  bool reads(ActorId id) const {
    ActorSpec spec;
    return runtime::read_spec(segment_, id, spec);
  }
};

TEST_F(ActorSpecTest, ComesBackAsItWasWritten) {
  const ActorSpec written = full_spec();
  ActorSpec read;
  ASSERT_TRUE(runtime::read_spec(segment_, actor_with(written), read));

  EXPECT_EQ(read.type_id, written.type_id);
  EXPECT_EQ(read.type_name, written.type_name);
  EXPECT_EQ(read.program, written.program);
  EXPECT_EQ(read.correlation, written.correlation);
  EXPECT_EQ(read.creator, written.creator);
  EXPECT_EQ(read.console, written.console);
  EXPECT_EQ(read.message_max, written.message_max);
  EXPECT_EQ(read.member, written.member);
  EXPECT_EQ(read.init, written.init);
}

TEST_F(ActorSpecTest, EveryOptionComesBack) {
  const CreateOptions written = full_spec().options;
  ActorSpec spec;
  ASSERT_TRUE(runtime::read_spec(segment_, actor_with(full_spec()), spec));
  const CreateOptions& read = spec.options;

  EXPECT_EQ(read.name, written.name);
  EXPECT_EQ(read.place.kind, written.place.kind);
  EXPECT_EQ(read.place.name, written.place.name);
  EXPECT_EQ(read.mailbox.capacity, written.mailbox.capacity);
  EXPECT_EQ(read.mailbox.share, written.mailbox.share);
  EXPECT_EQ(read.mailbox.bytes, written.mailbox.bytes);
  EXPECT_EQ(read.mailbox.when_full, written.mailbox.when_full);
  EXPECT_EQ(read.mailbox.wait, written.mailbox.wait);
  EXPECT_EQ(read.run.idle, written.run.idle);
  EXPECT_EQ(read.run.cpus, written.run.cpus);
  EXPECT_EQ(read.run.realtime, written.run.realtime);
  EXPECT_EQ(read.run.own_thread, written.run.own_thread);
  EXPECT_EQ(read.keep, written.keep);
  EXPECT_EQ(read.life, written.life);
  EXPECT_EQ(read.supervise.on_throw, written.supervise.on_throw);
  EXPECT_EQ(read.supervise.on_crash, written.supervise.on_crash);
  EXPECT_EQ(read.supervise.restarts, written.supervise.restarts);
  EXPECT_EQ(read.supervise.within, written.supervise.within);
  EXPECT_EQ(read.supervise.backoff, written.supervise.backoff);
  EXPECT_EQ(read.supervise.backoff_max, written.supervise.backoff_max);
  EXPECT_EQ(read.supervise.attempts, written.supervise.attempts);
  EXPECT_EQ(read.supervise.kills_max, written.supervise.kills_max);
}

TEST_F(ActorSpecTest, DefaultOptionsTakeOneByte) {
  ActorSpec plain;
  plain.type_id = 1;
  ActorSpec named = plain;
  named.options.name = "n";
  const std::size_t bytes = bytes_of(actor_with(plain)).size();
  EXPECT_EQ(bytes, 7 * sizeof(std::uint64_t) + 2 * sizeof(std::uint64_t) + 1);
  EXPECT_EQ(bytes_of(actor_with(named)).size(), bytes + sizeof(std::uint64_t) + 1);
}

TEST_F(ActorSpecTest, AnActorThatIsGoneOrHasNoneHasNoSpec) {
  const ActorId without = add_actor();
  const ActorId gone = actor_with(full_spec());
  end_actor(gone);
  EXPECT_FALSE(reads(without));
  EXPECT_FALSE(reads(gone));
}

TEST_F(ActorSpecTest, RefusesBytesThatEndTooEarlyOrTooLate) {
  const ActorId id = actor_with(full_spec());
  BlockHeader& header = segment_.block(block_of(id));
  const WhatWord whole = WhatWord::unpack(header.what.load_relaxed());
  for (std::uint32_t bytes = 0; bytes < whole.len; ++bytes) {
    header.what.store_relaxed(WhatWord{bytes, whole.type, whole.flags}.pack());
    EXPECT_FALSE(reads(id)) << bytes << " of " << whole.len << " bytes";
  }
  header.what.store_relaxed(WhatWord{whole.len + 1, whole.type, whole.flags}.pack());
  EXPECT_FALSE(reads(id)) << "one byte too many";
  header.what.store_relaxed(whole.pack());
  EXPECT_TRUE(reads(id));
}

/// Whatever a byte is changed to, the spec is refused, or is one that could have been written.
TEST_F(ActorSpecTest, NoDamagedByteLeadsToOptionsThatMakeNoSense) {
  const ActorId id = actor_with(full_spec());
  const std::span<std::byte> bytes = bytes_of(id);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::byte before = bytes[i];
    for (const int value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      bytes[i] = static_cast<std::byte>(value);
      ActorSpec spec;
      if (!runtime::read_spec(segment_, id, spec)) continue;
      const ActorId again = actor_with(spec);  // write_spec() checks that the values are known.
      EXPECT_TRUE(reads(again)) << "byte " << i << " is " << value;
    }
    bytes[i] = before;
  }
}

TEST_F(ActorSpecTest, RefusesOptionsThatNoCreatorMayChoose) {
  ActorSpec spec = full_spec();
  spec.options.supervise.attempts = 0;
  ActorSpec read;
  EXPECT_FALSE(runtime::read_spec(segment_, actor_with(spec), read));
  EXPECT_EQ(read.type_id, 0u) << "nothing of a refused spec reaches the caller";
}

TEST_F(ActorSpecTest, RefusesALengthThatNoMemoryCouldHold) {
  const ActorId id = actor_with(full_spec());
  const std::uint64_t huge = ~std::uint64_t{0};
  std::memcpy(bytes_of(id).data() + sizeof(std::uint64_t), &huge, sizeof huge);  // The length of the type's name.
  EXPECT_FALSE(reads(id));
}

}  // namespace
}  // namespace buskin::test
