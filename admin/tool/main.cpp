// buskin: shows systems, starts and stops them.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "admin/tool/deaths.hpp"
#include "admin/tool/fsck.hpp"
#include "admin/tool/log.hpp"
#include "admin/tool/program.hpp"
#include "admin/tool/ps.hpp"
#include "admin/tool/start.hpp"
#include "admin/tool/status.hpp"
#include "admin/tool/stop.hpp"
#include "admin/tool/version.hpp"
#include "shm/base/check.hpp"

namespace {

using buskin::tool::Choices;
using Command = int (*)(const Choices&);

class Tool {
 public:
  Tool() : app_("Show Buskin systems, start and stop them.", "buskin") {
    app_.require_subcommand(1);
    if (const char* const name = std::getenv("BUSKIN_NAME"); name != nullptr && *name != '\0') choices_.name = name;
    add_system_commands();
    add_program_commands();
  }

  int run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      const int code = app_.exit(error) == 0 ? 0 : 2;
      const bool is_program = argc > 2 && std::string_view(argv[1]) == "program" && std::string_view(argv[2]) == "add";
      if (code != 0 && is_program) {
        std::fputs("The arguments of the program come after --: buskin program add PATH -- --port 1\n", stderr);
      }
      return code;
    }
    BUSKIN_CHECK(command_ != nullptr);  // The command line must name a command.
    int code = 0;
    try {
      code = command_(choices_);
    } catch (const std::exception& fault) {
      std::fprintf(stderr, "%s\n", fault.what());
      return 1;
    }
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
    std::fputs("buskin: cannot write to standard output\n", stderr);
    return 1;
  }

 private:
  CLI::App* add(CLI::App& under, const char* name, const char* what, Command command) {
    CLI::App* const made = under.add_subcommand(name, what);
    made->add_option("--name", choices_.name, "System to use; without it, the one in BUSKIN_NAME, or \"default\"");
    made->add_flag("--json", choices_.json, "Print one JSON object");
    made->callback([this, command] { command_ = command; });
    return made;
  }
  static void take_bytes(CLI::Option* option) {
    // The size alone would take -5 for a very large number. The transformation that is added last is the first.
    const auto refuse_negative = [](const std::string& text) {
      return text.starts_with('-') ? text + " is negative" : std::string();
    };
    option->type_name("BYTES")->transform(CLI::AsSizeValue(false))->transform(CLI::Validator(refuse_negative, ""));
  }
  void add_system_commands() {
    CLI::App* const start = add(app_, "start", "Start a system that runs until `buskin stop`", &buskin::tool::start);
    take_bytes(start->add_option("--memory", choices_.memory_max,
                                 "Limit message memory to BYTES; 64M and 1G are understood"));
    take_bytes(start->add_option("--log-bytes", choices_.log_bytes,
                                 "Turn a file of the log over beyond BYTES; 1M unless set"));
    start->add_option("--log-files", choices_.log_files, "Keep COUNT files of the log, 1 to 100; 4 unless set")
        ->type_name("COUNT");
    start->add_flag("--reset", choices_.reset, "Discard the state of a dead system instead of resuming it");
    CLI::App* const stop = add(app_, "stop", "Stop a system and its actors; its log stays", &buskin::tool::stop);
    stop->add_option("--deadline", choices_.deadline_s, "Kill what is still running after SECONDS")
        ->type_name("SECONDS")
        ->check(CLI::Range(0.0, 60.0));
    CLI::App* const status = add(app_, "status", "Show a system, or one actor", &buskin::tool::status);
    status->add_option("actor", choices_.actor, "Name, address or number of the actor");
    CLI::App* const ps = add(app_, "ps", "List actors", &buskin::tool::ps);
    ps->add_flag("--all", choices_.all, "List the mailboxes of clients too");
    CLI::App* const deaths =
        add(app_, "deaths", "List the processes that died: why, what was repaired, and how long the repair took",
            &buskin::tool::deaths);
    deaths->add_option("system", choices_.name, "System to use, running or ended");
    CLI::App* const log = add(app_, "log", "Print the log of a system, running or ended", &buskin::tool::log);
    log->add_option("system", choices_.name, "System to use, running or ended");
    log->add_option("--lines", choices_.lines, "Print only the last COUNT lines")->type_name("COUNT");
    add(app_, "fsck", "Check the segment for leaked or corrupt blocks; needs no running process",
        &buskin::tool::fsck);
    add(app_, "version", "Show the versions of this program and of its segment layout", &buskin::tool::version);
  }
  void add_program_commands() {
    CLI::App* const program = app_.add_subcommand("program", "Manage the programs whose actors a system can run");
    program->require_subcommand(1);
    CLI::App* const added =
        add(*program, "add", "Start the fork server of a program, and keep it running", &buskin::tool::program_add);
    added->add_option("path", choices_.path, "Path of the executable")->required();
    added->add_option("arguments", choices_.arguments,
                      "Arguments of the program; after -- when one begins with a dash");
    add(*program, "list", "List the programs and their actor types", &buskin::tool::program_list);
    CLI::App* const removed =
        add(*program, "remove", "Stop the fork server of a program", &buskin::tool::program_remove);
    removed->add_option("path", choices_.path, "Path of the executable")->required();
  }

  CLI::App app_;
  Choices choices_;
  Command command_ = nullptr;
};

}  // namespace

int main(int argc, char** argv) { return Tool().run(argc, argv); }
