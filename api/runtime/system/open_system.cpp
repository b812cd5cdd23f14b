// open_system: which base, which name; and the two bases that live in one process.
//
// Order: code, arguments, environment. Only arguments that begin with --buskin- are read, and taken out.
#include <fcntl.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

#include "api/runtime/client/inbox.hpp"
#include "api/runtime/host/host.hpp"
#include "api/runtime/launch/paths.hpp"
#include "api/runtime/system/processes_system.hpp"

namespace buskin::runtime {

namespace {

class LocalSystem final : public detail::SystemImpl {
 public:
  LocalSystem(std::unique_ptr<Host> node, const SystemOptions& options) : node_(std::move(node)), name_(options.name) {}

  detail::ClientEndpoint& client() override { return node_->client(); }
  std::unique_ptr<detail::InboxImpl> inbox() override { return open_inbox(*node_); }
  const std::string& name() const override { return name_; }
  Base base() const override { return node_->options().base; }
  void run_until_idle() override { node_->run_until_idle(); }

 private:
  std::unique_ptr<Host> node_;
  std::string name_;
};

std::unique_ptr<detail::SystemImpl> open_local(const SystemOptions& options, Base base) {
  shm::SegmentOptions segment;
  segment.name = options.name;
  if (options.memory_max != 0) {
    segment.counts.units = static_cast<std::uint32_t>((options.memory_max + shm::kPieceBytes - 1) / shm::kPieceBytes);
  }
  segment.system_id = base == Base::Sequential ? options.seed : 0;
  auto made = shm::Segment::create_private(segment);
  if (!made.ok()) throw std::runtime_error("buskin: " + made.error().detail);
  NodeOptions node;
  node.base = base;
  node.system_name = options.name;
  node.title = options.name;
  node.seed = options.seed;
  node.message_max = options.message_max;
  return std::make_unique<LocalSystem>(std::make_unique<Host>(std::move(made).value(), node, nullptr), options);
}

/// The value of the last `--buskin-KEY=value`, else of BUSKIN_KEY; null when there is none.
const char* setting(const int* argc, char** argv, const std::string& argument, const char* variable) {
  const char* value = std::getenv(variable);
  if (value != nullptr && *value == 0) value = nullptr;
  for (int i = 1; argc != nullptr && i < *argc; ++i) {
    if (std::strncmp(argv[i], argument.c_str(), argument.size()) == 0) value = argv[i] + argument.size();
  }
  return value;
}

void take_out_arguments(int* argc, char** argv) {
  if (argc == nullptr) return;
  char** const end = std::remove_if(argv + std::min(1, *argc), argv + *argc, [](const char* argument) {
    return std::strncmp(argument, "--buskin-", 9) == 0;
  });
  *argc = static_cast<int>(end - argv);
  argv[*argc] = nullptr;
}

Base base_of(const std::string& text) {
  if (text == "processes") return Base::Processes;
  if (text == "threads") return Base::Threads;
  if (text == "sequential") return Base::Sequential;
  throw std::runtime_error("buskin: the base is processes, threads or sequential, and not " + text);
}

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

std::unique_ptr<SystemImpl> open_system(int* argc, char** argv, const SystemOptions& options) {
  runtime::occupy_standard_streams();
  const SystemOptions defaults;
  SystemOptions chosen = options;
  if (options.base == defaults.base) {
    if (const char* base = runtime::setting(argc, argv, "--buskin-base=", "BUSKIN_BASE")) chosen.base = runtime::base_of(base);
  }
  if (options.name == defaults.name) {
    if (const char* name = runtime::setting(argc, argv, "--buskin-name=", "BUSKIN_NAME")) chosen.name = name;
  }
  runtime::check_system_name(chosen.name);
  // A fork server knows itself by its arguments, so they are taken out behind it.
  std::unique_ptr<SystemImpl> system = chosen.base == Base::Processes ? runtime::open_processes_system(argc, argv, chosen)
                                                                       : runtime::open_local(chosen, chosen.base);
  runtime::take_out_arguments(argc, argv);
  return system;
}

}  // namespace buskin::v0::detail
