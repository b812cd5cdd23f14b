// Identity: the build id comes from the program headers.
#include "api/runtime/launch/identity.hpp"

#include <elf.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <vector>

#include "buskin/detail/type_name.hpp"

namespace buskin::runtime {

namespace {

using detail::hash_text;

constexpr std::size_t aligned(std::size_t bytes) { return (bytes + 3) & ~std::size_t{3}; }

/// The build id in one note segment; empty when it has none.
std::string_view build_id_in(const char* at, std::size_t bytes) {
  while (bytes >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) note;
    std::memcpy(&note, at, sizeof note);
    const std::size_t name_end = sizeof note + aligned(note.n_namesz);
    const std::size_t end = name_end + aligned(note.n_descsz);
    if (end > bytes) return {};
    if (note.n_type == NT_GNU_BUILD_ID) return {at + name_end, note.n_descsz};
    at += end;
    bytes -= end;
  }
  return {};
}

/// Called for the executable first. It returns 1, which ends the walk there.
int look_for_build_id(dl_phdr_info* info, std::size_t, void* result) {
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = info->dlpi_phdr[i];
    if (header.p_type != PT_NOTE) continue;
    const auto* const notes = reinterpret_cast<const char*>(info->dlpi_addr + header.p_vaddr);
    if (const std::string_view id = build_id_in(notes, header.p_memsz); !id.empty()) {
      *static_cast<std::string_view*>(result) = id;
      break;
    }
  }
  return 1;
}

std::uint64_t hash_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 65'536> part{};
  std::uint64_t hash = hash_text("file");
  while (file.read(part.data(), part.size()) || file.gcount() > 0) {
    hash = hash_text({part.data(), static_cast<std::size_t>(file.gcount())}, hash);
  }
  return hash;
}

/// Variables that differ from one start to the next and do not matter to a program.
bool is_noise(std::string_view variable) {
  static constexpr std::array<std::string_view, 5> kNoise = {"_=", "SHLVL=", "OLDPWD=", "PWD=", "BUSKIN_"};
  // Valgrind sets it, and empties it for the programs that it does not run.
  if (variable == "LD_PRELOAD=") return true;
  if (variable.starts_with("LD_PRELOAD=") && variable.find("vgpreload_") != variable.npos) return true;
  return std::any_of(kNoise.begin(), kNoise.end(), [&](std::string_view name) { return variable.starts_with(name); });
}

}  // namespace

std::string own_executable() {
  std::error_code fault;
  return std::filesystem::read_symlink("/proc/self/exe", fault).string();
}

std::string path_to_execute() {
  const std::string kernels = "/proc/self/exe";
  const std::string own = own_executable();
  struct stat known {};
  struct stat named {};
  // A file that was replaced has no name any more.
  const bool has_name = ::stat(kernels.c_str(), &known) == 0 && ::stat(own.c_str(), &named) == 0;
  return !has_name || (known.st_ino == named.st_ino && known.st_dev == named.st_dev) ? kernels : own;
}

std::uint64_t program_key() {
  std::string_view id;
  ::dl_iterate_phdr(&look_for_build_id, &id);
  std::uint64_t hash = id.empty() ? hash_of_file("/proc/self/exe") : hash_text(id);
  std::error_code fault;
  hash = hash_text(std::filesystem::current_path(fault).string(), hash);
  std::vector<std::string_view> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!is_noise(*variable)) variables.emplace_back(*variable);
  }
  std::sort(variables.begin(), variables.end());
  for (const std::string_view variable : variables) hash = hash_text(variable, hash);
  return hash == 0 ? 1 : hash;
}

}  // namespace buskin::runtime
