// ProgramCommands: add, remove and list, as the tool asks for them.
#include "admin/daemon/program_commands.hpp"

#include "daemon_fixture.hpp"

namespace admin_unit {
namespace {

class ProgramCommandsTest : public DaemonFixture {
 protected:
  std::string add(const char* path, const std::vector<std::string>& arguments = {}) {
    flatbuffers::FlatBufferBuilder builder;
    const auto texts = builder.CreateVectorOfStrings(arguments);
    builder.Finish(
        protocol::CreateAddProgram(builder, builder.CreateString(path), texts, builder.CreateString("/tmp")));
    return commands_.add(*flatbuffers::GetRoot<protocol::AddProgram>(builder.GetBufferPointer()));
  }
  std::string remove(const char* path) {
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(protocol::CreateRemoveProgramDirect(builder, path));
    return commands_.remove(*flatbuffers::GetRoot<protocol::RemoveProgram>(builder.GetBufferPointer()));
  }

  Programs programs_;
  ProgramCommands commands_{context_, programs_};
};

TEST_F(ProgramCommandsTest, OnlyAProgramWithAForkServerIsKept) {
  EXPECT_EQ(add("/bin/program"), "/bin/program has no fork server here");
  FakeServer server = make_server();
  (void)programs_.add(server.server());
  EXPECT_EQ(add("/bin/program", {"--verbose"}), "");
  ASSERT_NE(programs_.find_kept("/bin/program"), nullptr);
  EXPECT_EQ(programs_.find_kept("/bin/program")->arguments, std::vector<std::string>{"--verbose"});
  EXPECT_EQ(programs_.find_kept("/bin/program")->folder, "/tmp");
}

TEST_F(ProgramCommandsTest, ListsEachProgramWithItsTypesAndWhetherItWasAdded) {
  EXPECT_TRUE(commands_.list().empty());
  FakeServer server = make_server();
  (void)programs_.add(server.server());
  EXPECT_EQ(commands_.list(), std::vector<std::string>{"/bin/program: Type"});
  (void)add("/bin/program");
  EXPECT_EQ(commands_.list(), std::vector<std::string>{"/bin/program (added): Type"});
}

TEST_F(ProgramCommandsTest, ARemovedProgramEndsItsForkServers) {
  FakeServer server = make_server();
  (void)programs_.add(server.server());
  (void)add("/bin/program");
  EXPECT_EQ(remove("/bin/program"), "");
  EXPECT_EQ(server.take<protocol::EndServer>().size(), 1u);
  EXPECT_TRUE(commands_.list().empty());
  EXPECT_EQ(programs_.find_kept("/bin/program"), nullptr);
  EXPECT_EQ(remove("/bin/program"), "the system has no program /bin/program");
}

TEST_F(ProgramCommandsTest, AKeptProgramWhoseForkServerIsGoneCanBeRemoved) {
  programs_.keep({"/bin/program", {}, {}});
  EXPECT_EQ(remove("/bin/program"), "");
}

}  // namespace
}  // namespace admin_unit
