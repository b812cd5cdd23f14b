// rules: each tidy rule finds a violation where there is one, and only there.

#include "tests/tidy/rules.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/tidy/classes.hpp"
#include "tests/tidy/documents.hpp"
#include "tests/tidy/floors.hpp"
#include "tests/tidy/rooms.hpp"
#include "tests/tidy/source.hpp"
#include "tests/tidy/types.hpp"

namespace buskin::tidy {
namespace {

std::vector<Floor> floors() {
  return read_floors(source_of("floors.txt",
                               "# a comment\n"
                               "0 shm/base\n"
                               "4 api/include/buskin api/include/buskin\n"
                               "7 api/runtime\n"
                               "8 admin\n"
                               "8 bridge\n"
                               "9 examples examples api/include/buskin\n"
                               "9 tests *\n"));
}

Findings include_findings(std::string path, std::string_view text) {
  return includes_point_downwards({source_of(std::move(path), text)}, floors());
}

TEST(TidyRules, AnUpwardIncludeIsFound) {
  const Findings findings = include_findings("shm/base/a.hpp", "\n#include \"api/runtime/b.hpp\"\n");

  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0], "shm/base/a.hpp:2: api/runtime/b.hpp is not below shm/base");
}

TEST(TidyRules, IncludesDownwardsAndInsideOneFolderAreFine) {
  EXPECT_TRUE(include_findings("api/runtime/process/a.cpp",
                               "#include \"shm/base/b.hpp\"\n"
                               "#include \"api/runtime/b.hpp\"\n"
                               "#include <buskin/actor.hpp>\n"
                               "#include <vector>\n")
                  .empty());
}

TEST(TidyRules, FoldersOfOneFloorDoNotMeet) {
  EXPECT_EQ(include_findings("bridge/a.cpp", "#include \"admin/b.hpp\"\n").size(), 1u);
}

TEST(TidyRules, APublicHeaderAndAnExampleSeePublicHeadersOnly) {
  EXPECT_EQ(include_findings("api/include/buskin/a.hpp", "#include \"shm/base/b.hpp\"\n").size(), 1u);
  EXPECT_EQ(include_findings("examples/a.cpp", "#include \"shm/base/b.hpp\"\n").size(), 1u);
  EXPECT_TRUE(include_findings("examples/a.cpp", "#include <buskin/actor.hpp>\n").empty());
}

TEST(TidyRules, AFolderWithoutAFloorIsFound) {
  EXPECT_EQ(include_findings("attic/a.cpp", "int a;\n").size(), 1u);
}

TEST(TidyRules, ALongFileIsFound) {
  const auto file_of = [](std::size_t lines) {
    std::string text;
    for (std::size_t i = 0; i < lines; ++i) text += "int x;\n";
    return Sources{source_of("shm/base/a.hpp", text)};
  };
  EXPECT_TRUE(files_are_short(file_of(400)).empty());
  EXPECT_EQ(files_are_short(file_of(401)).size(), 1u);
}

TEST(TidyRules, ALongLineIsFound) {
  EXPECT_TRUE(lines_are_short({source_of("shm/base/a.hpp", std::string(120, 'x') + "\n")}).empty());
  EXPECT_EQ(lines_are_short({source_of("shm/base/a.hpp", "\n" + std::string(121, 'x') + "\n")}).size(), 1u);
}

TEST(TidyRules, AMissingOpeningOrGuardIsFound) {
  EXPECT_EQ(files_say_what_they_are({source_of("shm/base/a.cpp", "int a;\n")}).size(), 1u);
  EXPECT_EQ(files_say_what_they_are({source_of("shm/base/a.hpp", "// A: a.\n")}).size(), 1u);
  EXPECT_TRUE(files_say_what_they_are({source_of("shm/base/a.hpp", "// A: a.\n#pragma once\n")}).empty());
}

Findings access_findings(std::string_view text) {
  return atomic_accesses_give_their_reason({source_of("shm/segment/a.cpp", text)});
}

TEST(TidyRules, AnAccessWithoutItsReasonIsFound) {
  EXPECT_EQ(access_findings("x.load_relaxed();\n").size(), 1u);
  EXPECT_EQ(access_findings("x->store_release(1);\n").size(), 1u);
  EXPECT_EQ(access_findings("// relaxed: a hint\nx.load_acquire();\n").size(), 1u);
  EXPECT_EQ(access_findings("// sync(ready): acquire\nx.load_relaxed();\n").size(), 1u);
  EXPECT_EQ(access_findings("// relaxed: too far\n\n\n\n\nx.load_relaxed();\n").size(), 1u);
}

TEST(TidyRules, AnAccessWithItsReasonIsFine) {
  EXPECT_TRUE(access_findings("// relaxed: a hint\nx.load_relaxed();\n").empty());
  EXPECT_TRUE(access_findings("// sync(ready): acquire. Sees it.\n\n\n\nx.cas_acq_rel(1, 2);\n").empty());
  EXPECT_TRUE(access_findings("T load_relaxed() const;\n").empty());
}

TEST(TidyRules, ALoneSyncNameIsFound) {
  const Source release = source_of("shm/segment/a.cpp", "// sync(ready): release.\n");
  const Source acquire = source_of("api/runtime/b.cpp", "// sync(ready): acquire.\n");

  EXPECT_EQ(sync_names_stand_in_pairs({release}).size(), 1u);
  EXPECT_TRUE(sync_names_stand_in_pairs({release, acquire}).empty());
}

Findings crash_findings(std::string_view text) {
  return crash_names_match_crash_points({source_of("shm/segment/a.cpp", text)});
}

TEST(TidyRules, ACrashNameAndItsPointBelongTogether) {
  EXPECT_EQ(crash_findings("// crash(taken): half a step.\n").size(), 1u);
  EXPECT_EQ(crash_findings("crash_point(\"taken\");\n").size(), 1u);
  EXPECT_TRUE(crash_findings("// crash(taken): half a step.\ncrash_point(\"taken\");\n").empty());
}

TEST(TidyRules, AnEndlessLoopWithoutItsEndIsFound) {
  const auto findings = [](std::string_view text) {
    return endless_loops_say_what_ends_them({source_of("shm/segment/a.cpp", text)});
  };
  EXPECT_EQ(findings("for (;;) {\n").size(), 1u);
  EXPECT_EQ(findings("while (true) {\n").size(), 1u);
  EXPECT_TRUE(findings("// Ends: somebody else moved on.\nfor (;;) {\n").empty());
}

Findings door_findings(std::string path, std::string_view text) {
  return libraries_have_one_door({source_of(std::move(path), text)});
}

TEST(TidyRules, ALibraryOutsideItsDoorIsFound) {
  EXPECT_EQ(door_findings("shm/segment/a.cpp", "#include <boost/interprocess/mapped_region.hpp>\n").size(), 1u);
  EXPECT_EQ(door_findings("api/runtime/a.cpp", "std::atomic<int> x;\n").size(), 1u);
  EXPECT_EQ(door_findings("api/core/a.cpp", "#include <tbb/task_arena.h>\n").size(), 1u);
  EXPECT_EQ(door_findings("shm/os/a.cpp", "#include <spdlog/spdlog.h>\n").size(), 1u);
  EXPECT_EQ(door_findings("admin/a.cpp", "#include <boost/asio.hpp>\n").size(), 1u);
  EXPECT_EQ(door_findings("shm/names/a.cpp", "flatbuffers::Offset<void> x;\n").size(), 1u);
  EXPECT_EQ(door_findings("shm/names/a.cpp", "__atomic_load_n(&x, 0);\n").size(), 1u);
  EXPECT_EQ(door_findings("api/runtime/a.cpp", "thread_ = std::thread([this] { run(); });\n").size(), 1u);
  EXPECT_EQ(door_findings("admin/daemon/a.cpp", "std::jthread reader([] {});\n").size(), 1u);
}

TEST(TidyRules, ALibraryInsideItsDoorAndACommentAreFine) {
  EXPECT_TRUE(door_findings("shm/os/a.cpp", "#include <boost/interprocess/mapped_region.hpp>\n").empty());
  EXPECT_TRUE(door_findings("shm/base/atomic.hpp", "std::atomic<T> value_;\n").empty());
  EXPECT_TRUE(door_findings("shm/segment/a.cpp", "// Not std::atomic: see its door.\n").empty());
}

TEST(TidyRules, AStrangeIncludeInAPublicHeaderIsFound) {
  const auto findings = [](std::string_view text) {
    return public_headers_stay_clean({source_of("api/include/buskin/a.hpp", text)});
  };
  EXPECT_EQ(findings("#include <boost/asio.hpp>\n").size(), 1u);
  EXPECT_EQ(findings("#include \"spdlog/spdlog.h\"\n").size(), 1u);
  EXPECT_EQ(findings("#include \"tick_generated.h\"\n").size(), 1u);
  EXPECT_TRUE(findings("#include <flatbuffers/flatbuffers.h>\n#include <span>\n").empty());
}

TEST(TidyRules, APathOfOneMachineIsFound) {
  const auto findings = [](std::string_view text) { return no_path_of_one_machine({source_of("docs/a.md", text)}); };
  EXPECT_EQ(findings("see /home/me/build\n").size(), 1u);
  EXPECT_EQ(findings("open(\"/root/x\")\n").size(), 1u);
  EXPECT_TRUE(findings("under /dev/shm/buskin and/or /usr/include\n").empty());
}

TEST(TidyRules, AnOpenEndWithoutAnIssueIsFound) {
  const auto findings = [](std::string_view text) { return todos_name_an_issue({source_of("shm/base/a.hpp", text)}); };
  EXPECT_EQ(findings("// TODO: later\n").size(), 1u);
  EXPECT_EQ(findings("// FIXME\n").size(), 1u);
  EXPECT_TRUE(findings("// TODO(#12): later\n").empty());
}

Findings error_text_findings(std::string_view document) {
  return error_texts_are_literal({
      source_of("docs/errors.md", document),
      source_of("api/include/buskin/error.hpp", "enum class Code {\n  Ok = 0,\n  MailboxFull,  ///< Full.\n};\n"),
      source_of("api/core/a.cpp", "return \"no actor \" + name + \" is \"\n    \"here\";\n"),
  });
}

TEST(TidyRules, AnErrorTextThatTheCodeDoesNotSayIsFound) {
  EXPECT_EQ(error_text_findings("`mailbox_full`\n### no actor <name> was here\n").size(), 1u);
  EXPECT_TRUE(error_text_findings("`mailbox_full`\n### no actor <name> is here\n").empty());
}

TEST(TidyRules, AnErrorCodeThatIsNotExplainedIsFound) {
  EXPECT_EQ(error_text_findings("### no actor <name> is here\n").size(), 1u);
}

TEST(TidyRules, AnAtomicOutsideShmIsFound) {
  const auto findings = [](std::string path, std::string_view text) {
    return atomics_stay_in_shm({source_of(std::move(path), text)});
  };
  EXPECT_EQ(findings("admin/view/a.cpp", "slot.flags.load_relaxed();\n").size(), 1u);
  EXPECT_EQ(findings("api/runtime/cell/a.hpp", "shm::Atomic<int> count_;\n").size(), 1u);
  EXPECT_TRUE(findings("shm/segment/a.cpp", "slot.flags.load_relaxed();\n").empty());
  EXPECT_TRUE(findings("api/runtime/schedule/a.cpp", "ready_.load_relaxed();\n").empty());
  EXPECT_TRUE(findings("admin/view/a.cpp", "flags_of(segment, id);\n").empty());
}

Source including(std::string path, std::string_view included) {
  return source_of(std::move(path), "#include \"" + std::string(included) + "\"\n");
}

TEST(TidyRules, FoldersThatIncludeEachOtherAreFound) {
  EXPECT_EQ(folders_include_one_way({including("shm/a/x.hpp", "shm/b/x.hpp"), including("shm/b/y.hpp", "shm/a/y.hpp")})
                .size(),
            2u);
  EXPECT_TRUE(
      folders_include_one_way({including("shm/a/x.hpp", "shm/b/x.hpp"), including("shm/a/y.hpp", "shm/a/x.hpp")})
          .empty());
}

TEST(TidyRules, FoldersThatIncludeEachOtherByWayOfAThirdAreFound) {
  const Source first = including("shm/a/x.hpp", "shm/b/x.hpp");
  const Source second = including("shm/b/x.hpp", "shm/c/x.hpp");
  const Source third = including("shm/c/x.hpp", "shm/a/y.hpp");

  EXPECT_EQ(folders_include_one_way({first, second, third}).size(), 3u);
  EXPECT_TRUE(folders_include_one_way({first, second}).empty());
}

TEST(TidyRules, DetailIsAPartOfItsFolder) {
  EXPECT_TRUE(folders_include_one_way({including("api/include/buskin/a.hpp", "api/include/buskin/detail/b.hpp"),
                                       including("api/include/buskin/detail/b.hpp", "api/include/buskin/c.hpp")})
                  .empty());
}

TEST(TidyRules, ASourceWithoutItsHeaderIsFound) {
  const Source header = source_of("api/core/a.hpp", "");
  const Source open = source_of("api/include/buskin/b.hpp", "");
  const auto findings = [&](std::string path, std::string_view text) {
    return sources_have_their_header({header, open, source_of(std::move(path), text)});
  };
  EXPECT_EQ(findings("api/core/a_part.cpp", "#include \"api/core/a.hpp\"\n").size(), 1u);
  EXPECT_EQ(findings("api/core/a.cpp", "#include <vector>\n#include \"api/core/a.hpp\"\n").size(), 1u);
  EXPECT_TRUE(findings("api/core/a.cpp", "// A: a.\n#include \"api/core/a.hpp\"\n").empty());
  EXPECT_TRUE(findings("api/core/b.cpp", "#include <buskin/b.hpp>\n").empty());
  EXPECT_TRUE(findings("admin/tool/any.cpp", "#include <vector>\nint main(int argc, char** argv) {\n").empty());
}

TEST(TidyRules, AnOpeningWithAnotherNameIsFound) {
  const auto findings = [](std::string path, std::string_view text) {
    return files_open_with_their_name({source_of(std::move(path), text)});
  };
  EXPECT_EQ(findings("api/runtime/cell/timers.cpp", "// Cell: timers.\n").size(), 1u);
  EXPECT_TRUE(findings("api/runtime/node/actor_spec.hpp", "// ActorSpec: what an actor is made from.\n").empty());
  EXPECT_TRUE(findings("api/runtime/node/actor_spec.cpp", "// actor_spec: as bytes.\n").empty());
  EXPECT_TRUE(findings("api/include/buskin/message.hpp", "// Message<T>: one. Kept<T>: another.\n").empty());
  EXPECT_TRUE(findings("admin/tool/main.cpp", "// buskin: the tool.\nint main(int argc, char** argv) {\n").empty());
}

TEST(TidyRules, AClassInAFileOfAnotherNameIsFound) {
  const auto findings = [](std::string path, std::string_view text) {
    return classes_lie_in_files_of_their_name({source_of(std::move(path), text)});
  };
  EXPECT_EQ(findings("api/runtime/launch/output.hpp", "class OutputPipe {\n").size(), 1u);
  EXPECT_TRUE(
      findings("api/runtime/launch/output_pipe.hpp", "struct Line {\nclass OutputPipe final : Base {\n").empty());
  EXPECT_TRUE(findings("api/runtime/launch/paths.hpp", "struct Paths {\nclass Declared;\n").empty());
}

TEST(TidyRules, AClassWithManyFunctionsIsFound) {
  const auto class_of = [](std::size_t functions) {
    std::string text = "class A {\n public:\n  A() : a_(1) {}\n  int size() const { return a_; }\n private:\n";
    for (std::size_t i = 2; i < functions; ++i)
      text += "  std::vector<int> f(int a, const std::string& b =\n  \"()\");\n";
    text +=
        "  std::function<void(int)> call_;\n  int a_ = size_of(3);  // A comment();\n  friend void g();\n};\nvoid "
        "h();\n";
    return Sources{source_of("admin/daemon/a.hpp", text)};
  };
  EXPECT_EQ(classes_have_few_functions(class_of(40)).size(), 1u);
  EXPECT_TRUE(classes_have_few_functions(class_of(39)).empty());
}

TEST(TidyRules, FunctionsAreThoseOfTheirOwnClass) {
  FunctionCounter counter;
  for (const char* line :
       {"template <class T>", "class Outer {", "  struct Inner {", "    void f();", "  };",
        "  enum class Kind { One, Two };", "  bool operator==(const Outer&) const = default;", "};"}) {
    counter.add(line);
  }
  EXPECT_EQ(counter.functions(), (std::map<std::string, std::size_t>{{"Inner", 1}, {"Outer", 1}}));
}

TEST(TidyRules, ARoomWithFewChecksIsFound) {
  const auto findings = [](std::size_t checks) {
    std::string text;
    for (std::size_t i = 0; i < 1000; ++i) text += i < checks ? "BUSKIN_CHECK(x);\n" : "x;\n";
    return rooms_check_their_invariants({source_of("admin/a.cpp", text)}, floors());
  };
  EXPECT_EQ(findings(7).size(), 1u);
  EXPECT_TRUE(findings(8).empty());
}

TEST(TidyRules, ARoomThatIsNotDescribedIsFound) {
  const std::vector<Floor> floors = read_floors(source_of("floors.txt", "0 shm/base\n1 bridge\n"));
  const auto findings = [&](std::string_view text) {
    return rooms_are_described({source_of("docs/architecture.md", text), source_of("shm/base/a.cpp", "")}, floors);
  };
  EXPECT_TRUE(findings("## Rooms\n| `shm/base` | Ids. |\n| `bridge` | Later: hosts. |\n").empty());
  EXPECT_EQ(findings("## Rooms\n| `shm/base` | Ids. |\n").size(), 1u);
  EXPECT_EQ(findings("## Rooms\n| `shm/base` | Later: ids. |\n| `bridge` | Later: hosts. |\n").size(), 1u);
  EXPECT_EQ(findings("## Rooms\n| `shm/base` | Ids. |\n| `bridge` | Hosts. |\n").size(), 1u);
  EXPECT_EQ(findings("## Rooms\n| `shm/base` | Ids. |\n| `bridge` | Later: x. |\n| `attic` | Later: x. |\n").size(),
            1u);
}

TEST(TidyRules, APathThatLeadsNowhereIsFound) {
  const auto findings = [](std::string path, std::string_view text) {
    return named_paths_exist({source_of("shm/os/futex.hpp", ""), source_of(std::move(path), text)});
  };
  EXPECT_EQ(findings("docs/a.md", "See `shm/os/lost.hpp` and `shm/o`.\n").size(), 2u);
  EXPECT_TRUE(findings("docs/a.md", "See `shm/os/futex.hpp`, `shm/os/futex`, `shm/os/` and `shm/os`.\n").empty());
  EXPECT_TRUE(findings("docs/decisions/1.md", "It was `shm/os/lost.hpp`.\n").empty());
}

TEST(TidyRules, AFunctionThatTheCodeDoesNotHaveIsFound) {
  const auto findings = [](std::string_view text) {
    return named_functions_exist({source_of("docs/architecture.md", text),
                                  source_of("shm/a.cpp", "void Cell::run(Thread&) {\n  return send(1);\n}\n")});
  };
  EXPECT_EQ(findings("`Cell::walk`, `Celle::run` and `receive()`\n").size(), 3u);
  EXPECT_TRUE(findings("`Cell::run`, `send()`, `Word` and `docs/a.md`\n").empty());
}

TEST(TidyRules, ANewNameThatTheCodeDoesNotHaveIsFound) {
  const auto findings = [](std::string_view text) {
    return new_names_stand_in_the_code({source_of("docs/words.md", text), source_of("shm/a.hpp", "struct New;\n")});
  };
  EXPECT_EQ(findings("## Old names\n| `Old` | `Newer` |\n").size(), 1u);
  EXPECT_TRUE(findings("| `x` | `Other` |\n## Old names\n| `Old` | `New` |\n").empty());
}

TEST(TidyRules, TwoTypesOfOneNameInOneProgramAreFound) {
  const auto findings = [](std::string path, std::string_view text) {
    const std::string_view first = "namespace a {\nstruct Clock : Base<int,\n  int> {\n};\n}  // namespace a\n";
    return types_have_one_definition({source_of("tests/x/one_test.cpp", first), source_of(std::move(path), text)});
  };
  const Findings found = findings("tests/x/two_test.cpp", "namespace a {\nclass Clock {\n");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].starts_with("tests/x/two_test.cpp:2: a::Clock is also tests/x/one_test.cpp:2: ")) << found[0];
  EXPECT_TRUE(findings("tests/y/two_test.cpp", "namespace a {\nclass Clock {\n").empty()) << "another program";
  EXPECT_TRUE(findings("tests/x/two_test.cpp", "namespace a::two {\nclass Clock {\n").empty());
  EXPECT_TRUE(findings("tests/x/two_test.cpp", "namespace a {\nnamespace {\nclass Clock {\n").empty());
  EXPECT_TRUE(findings("tests/x/two_test.cpp", "namespace a {\n}  // namespace a\nenum class Clock {\n").empty());
  EXPECT_TRUE(findings("tests/x/two_test.cpp", "namespace a {\nclass Clock;\n").empty());
}

}  // namespace
}  // namespace buskin::tidy
