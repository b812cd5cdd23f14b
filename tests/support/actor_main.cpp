// actor_main: main of every test program, which may also be started as the fork server of its actors.
#include <gtest/gtest.h>

#include <cstdlib>

#include "api/runtime/system/fork_server_main.hpp"
#include "buskin/actor_system.hpp"

/// The library of TBB is not instrumented: how it hands a task to another thread is not seen.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() { return "race:libtbb.so\n"; }

int main(int argc, char** argv) {
  // Before googletest looks at the arguments, and before any test. Does not return.
  if (!buskin::runtime::served_segment(&argc, argv).empty()) {
    if (std::getenv("BUSKIN_TEST_NO_SERVER") != nullptr) return 3;  // For the test of a program that does not serve.
    const buskin::ActorSystem serving(argc, argv);
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
