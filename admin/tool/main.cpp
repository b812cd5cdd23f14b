// buskin: looks at systems, starts and stops them.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "admin/tool/commands.hpp"

namespace {

using buskin::tool::Choices;
using Command = std::function<void(const Choices&)>;

class Tool {
 public:
  Tool() : app_("Looks at Buskin systems, starts and stops them.", "buskin") {
    app_.require_subcommand(1);
    if (const char* const name = std::getenv("BUSKIN_NAME"); name != nullptr && *name != '\0') choices_.name = name;
    add_system_commands();
    add_program_commands();
  }

  int run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return app_.exit(error) == 0 ? 0 : 2;
    }
    try {
      command_(choices_);
    } catch (const std::exception& fault) {
      std::fprintf(stderr, "%s\n", fault.what());
      return 1;
    }
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return exit_code();
    std::fputs("buskin: cannot write to standard output\n", stderr);
    return 1;
  }

 private:
  /// Of a command that has something to say by it.
  static int& exit_code() {
    static int code = 0;
    return code;
  }
  CLI::App* add(CLI::App& under, const char* name, const char* what, const Command& command) {
    CLI::App* const made = under.add_subcommand(name, what);
    made->add_option("--name", choices_.name, "The system; else BUSKIN_NAME, else default");
    made->add_flag("--json", choices_.json, "Print one JSON object");
    made->callback([this, command] { command_ = command; });
    return made;
  }
  void add_system_commands() {
    CLI::App* const start = add(app_, "start", "Starts a system that stays until it is stopped", &buskin::tool::start);
    start->add_option("--memory", choices_.memory_max, "Most bytes of message memory");
    start->add_flag("--reset", choices_.reset, "Begin anew when a dead system is found");
    CLI::App* const stop = add(app_, "stop", "Ends a system, its actors and all that it left", &buskin::tool::stop);
    stop->add_option("--deadline", choices_.deadline_s, "Seconds until what has not ended is killed")
        ->check(CLI::Range(0.0, 60.0));
    CLI::App* const status = add(app_, "status", "Shows a system, or one actor", &buskin::tool::status);
    status->add_option("actor", choices_.actor, "Name, address, or number");
    CLI::App* const ps = add(app_, "ps", "Lists actors", &buskin::tool::ps);
    ps->add_flag("--all", choices_.all, "Clients' mailboxes too");
    add(app_, "deaths", "What died, why, what was repaired and what it cost", &buskin::tool::deaths);
    add(app_, "fsck", "Is every block of the segment where it belongs? Works when all are dead",
        [](const Choices& choices) { exit_code() = buskin::tool::fsck(choices); });
    add(app_, "version", "Shows versions", &buskin::tool::version);
  }
  void add_program_commands() {
    CLI::App* const program = app_.add_subcommand("program", "Programs whose actors a system can run");
    program->require_subcommand(1);
    CLI::App* const added = add(*program, "add", "Starts the fork server of a program, and keeps it", &buskin::tool::program_add);
    added->add_option("path", choices_.path, "Its executable")->required();
    added->add_option("arguments", choices_.arguments, "Its arguments");
    add(*program, "list", "Lists programs and their actor types", &buskin::tool::program_list);
    CLI::App* const removed = add(*program, "remove", "Ends the fork server of a program", &buskin::tool::program_remove);
    removed->add_option("path", choices_.path, "Its executable")->required();
  }

  CLI::App app_;
  Choices choices_;
  Command command_;
};

}  // namespace

int main(int argc, char** argv) { return Tool().run(argc, argv); }
