// actor_main: main() of every test program. A system may also start the program as the fork server of its actors.
#include <gtest/gtest.h>

#include <cstdlib>

#include "api/runtime/system/fork_server_main.hpp"
#include "buskin/actor_system.hpp"

/// The library of TBB is not instrumented, so the sanitizer does not see how it hands a task to another thread.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() { return "race:libtbb.so\n"; }

int main(int argc, char** argv) {
  // Comes before googletest reads the arguments. A fork server does not return from here.
  if (!buskin::runtime::served_segment(&argc, argv).empty()) {
    if (std::getenv("BUSKIN_TEST_NO_SERVER") != nullptr) return 3;  // One test needs a program that does not serve.
    const buskin::ActorSystem serving(argc, argv);
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
