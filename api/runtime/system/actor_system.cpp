// ActorSystem: how one is opened, on the base that code, arguments or environment choose.
#include "buskin/actor_system.hpp"

#include <fcntl.h>

#include "api/runtime/system/local_system.hpp"
#include "api/runtime/system/processes_system.hpp"
#include "api/runtime/launch/find_admin.hpp"
#include "api/runtime/launch/system_settings.hpp"

namespace buskin::runtime {

namespace {

/// A closed standard stream must not become the number of a descriptor of ours: what the program prints
/// would go into the segment. What stands there instead fails at every use, as a closed one does.
void occupy_standard_streams() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) == -1) (void)::open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
  }
}

}  // namespace
}  // namespace buskin::runtime

namespace buskin::inline v0::detail {

std::unique_ptr<SystemImpl> open_system(int* argc, char** argv, const SystemOptions& options,
                                        const char* admin_beside) {
  runtime::occupy_standard_streams();
  runtime::look_for_admin_beside(admin_beside);
  const runtime::SystemSettings settings = runtime::decide_settings(options, argc, argv);
  // A fork server knows itself by its arguments, so they are taken out after it was recognised.
  std::unique_ptr<SystemImpl> system = settings.base == Base::Processes
                                           ? runtime::open_processes_system(argc, argv, settings)
                                           : runtime::open_local_system(settings);
  runtime::take_out_arguments(argc, argv);
  return system;
}

}  // namespace buskin::v0::detail
