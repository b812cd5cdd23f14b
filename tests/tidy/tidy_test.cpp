// tidy: the tree keeps the rules that a machine can hold.
//
// Each finding is printed as "file:line: what to do". docs/style.md gives the reasons.

#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/classes.hpp"
#include "tests/tidy/documents.hpp"
#include "tests/tidy/floors.hpp"
#include "tests/tidy/rooms.hpp"
#include "tests/tidy/rules.hpp"
#include "tests/tidy/source.hpp"
#include "tests/tidy/types.hpp"
#include "tests/tidy/words.hpp"

namespace buskin::tidy {
namespace {

const Sources& tree() {
  static const Sources sources = read_tree(BUSKIN_TEST_SOURCE_DIR);
  return sources;
}

void expect_none(const Findings& findings) {
  for (const std::string& finding : findings) ADD_FAILURE() << finding;
}

/// The table at `path`, which `read` reads.
template <class F>
auto read_table(std::string_view path, F read) {
  const Source* table = find_source(tree(), path);
  if (table == nullptr) throw std::runtime_error(std::string(path) + " is missing");
  return read(*table);
}

std::vector<Floor> floors() { return read_table("tests/tidy/floors.txt", read_floors); }

TEST(Tidy, ReadsTheTree) { EXPECT_GT(tree().size(), 50u) << BUSKIN_TEST_SOURCE_DIR; }

TEST(Tidy, IncludesPointDownwards) { expect_none(includes_point_downwards(tree(), floors())); }
TEST(Tidy, FoldersIncludeOneWay) { expect_none(folders_include_one_way(tree())); }
TEST(Tidy, RoomsAreDescribed) { expect_none(rooms_are_described(tree(), floors())); }
TEST(Tidy, FilesAreShort) { expect_none(files_are_short(tree())); }

TEST(Tidy, LinesAreShort) { expect_none(lines_are_short(tree())); }
TEST(Tidy, FilesSayWhatTheyAre) { expect_none(files_say_what_they_are(tree())); }
TEST(Tidy, AtomicAccessesGiveTheirReason) { expect_none(atomic_accesses_give_their_reason(tree())); }
TEST(Tidy, SyncNamesStandInPairs) { expect_none(sync_names_stand_in_pairs(tree())); }
TEST(Tidy, CrashNamesMatchCrashPoints) { expect_none(crash_names_match_crash_points(tree())); }
TEST(Tidy, EndlessLoopsSayWhatEndsThem) { expect_none(endless_loops_say_what_ends_them(tree())); }
TEST(Tidy, LibrariesHaveOneDoor) { expect_none(libraries_have_one_door(tree())); }
TEST(Tidy, PublicHeadersStayClean) { expect_none(public_headers_stay_clean(tree())); }
TEST(Tidy, NoPathOfOneMachine) { expect_none(no_path_of_one_machine(tree())); }
TEST(Tidy, ErrorTextsAreLiteral) { expect_none(error_texts_are_literal(tree())); }
TEST(Tidy, NamedPathsExist) { expect_none(named_paths_exist(tree())); }
TEST(Tidy, NamedFunctionsExist) { expect_none(named_functions_exist(tree())); }
TEST(Tidy, NewNamesStandInTheCode) { expect_none(new_names_stand_in_the_code(tree())); }
TEST(Tidy, TypesHaveOneDefinition) { expect_none(types_have_one_definition(tree())); }
TEST(Tidy, TodosNameAnIssue) { expect_none(todos_name_an_issue(tree())); }
TEST(Tidy, SourcesHaveTheirHeader) { expect_none(sources_have_their_header(tree())); }
TEST(Tidy, FilesOpenWithTheirName) { expect_none(files_open_with_their_name(tree())); }
TEST(Tidy, ClassesLieInFilesOfTheirName) { expect_none(classes_lie_in_files_of_their_name(tree())); }
TEST(Tidy, ClassesHaveFewFunctions) { expect_none(classes_have_few_functions(tree())); }
TEST(Tidy, RoomsCheckTheirInvariants) { expect_none(rooms_check_their_invariants(tree(), floors())); }
TEST(Tidy, AtomicsStayInShm) { expect_none(atomics_stay_in_shm(tree())); }
TEST(Tidy, SentencesArePlain) { expect_none(sentences_are_plain(tree())); }

}  // namespace
}  // namespace buskin::tidy
