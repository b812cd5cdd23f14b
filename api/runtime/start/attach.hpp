// attach: into a living system, or into one that is started for it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/runtime/host/host.hpp"
#include "api/runtime/launch/paths.hpp"

namespace buskin::runtime {

/// The admin's process, watched through a pidfd.
class Watched {
 public:
  Watched() = default;
  explicit Watched(const shm::Segment& segment);
  Watched(Watched&& other) noexcept;
  Watched& operator=(Watched&& other) noexcept;
  ~Watched();
  /// Waits until it is dead; bounded. False when it still lives.
  bool wait_for_end() const;

 private:
  int pidfd_ = -1;
};

/// Does an admin live in this system?
bool has_living_admin(const shm::Segment& segment, const SystemPaths& paths);

/// The process that says it is the admin; 0 when none ever did, or its death was repaired.
std::int32_t admin_pid(const shm::Segment& segment);

/// Of the options, else of BUSKIN_LINGER in seconds, else the default; in nanoseconds.
std::uint64_t linger_of(const SystemOptions& options);
/// What buskin-admin is started with for a system of these options.
std::vector<std::string> admin_arguments(const SystemPaths& paths, const SystemOptions& options);
/// Starts an admin. Requires the StartLock. Throws std::runtime_error with its sentence.
void start_admin(const SystemPaths& paths, const std::vector<std::string>& arguments);
/// The same for a system that has lost its admin; nothing where one lives, or the system has ended.
void start_admin_again(const SystemPaths& paths, const SystemOptions& options);
/// As start_admin_again, under a StartLock of its own: several may see it at once, and one of them starts it.
void revive_admin(const SystemPaths& paths, const SystemOptions& options);
/// The living admin's process, or -1. To be closed.
int open_admin_pidfd(const shm::Segment& segment, const SystemPaths& paths);

using MakeSpawner = std::function<std::unique_ptr<Spawner>()>;

/// Joins the system, which is started when it does not live. Throws std::runtime_error with a sentence.
std::unique_ptr<Host> join_system(const SystemPaths& paths, const SystemOptions& options, const NodeOptions& node,
                                  const MakeSpawner& make_spawner);

}  // namespace buskin::runtime
