// ProcessEnd: sentences, from the status that the kernel keeps for the parent.
#include "api/runtime/recovery/process_end.hpp"

#include <sys/wait.h>

#include <cstring>

#include "shm/base/check.hpp"
#include "shm/os/process.hpp"

namespace buskin::runtime {

ProcessEnd ProcessEnd::of_status(int status) {
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    const char* const name = ::sigdescr_np(number);
    const std::string described = name != nullptr ? std::string(" (") + name + ")" : "";
    return {"its process was ended by signal " + std::to_string(number) + described, {}};
  }
  BUSKIN_CHECK(WIFEXITED(status));  // wait() was not asked about processes that are stopped.
  const int code = WEXITSTATUS(status);
  return {"its process ended with exit code " + std::to_string(code), code};
}

ProcessEnd ProcessEnd::look_at(const Known& known) {
  const std::optional<int> status = shm::exit_status_of(known.pid, known.start_time);
  return status ? of_status(*status) : ProcessEnd{};
}

}  // namespace buskin::runtime
