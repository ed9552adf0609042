#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/version.h"
#include "cli/console.h"
#include "cli/subcommands.h"

namespace squall::cli {
namespace {

constexpr int kUsage = 2;

// "there is no subcommand": the library would only say that an argument was not expected.
int unknown_subcommand(std::string_view name) {
  std::string known;
  for (const Subcommand* each : subcommands()) {
    known += known.empty() ? "" : ", ";
    known += each->name;
  }
  return complain(fmt::format("there is no subcommand \"{}\"; known are {}", name, known));
}

bool is_subcommand(std::string_view name) {
  for (const Subcommand* each : subcommands()) {
    if (each->name == name) return true;
  }
  return false;
}

int parse_failed(CLI::App& app, const CLI::ParseError& error) {
  // Asking for help or for the version comes this way too.
  if (error.get_exit_code() == 0) {
    app.exit(error);
    return finish_output(0);
  }
  std::string command = "squall";
  for (const CLI::App* chosen : app.get_subcommands()) command += " " + chosen->get_name();
  print_error(
      fmt::format("{}: {}\n`{} --help` says what it takes.\n", command, error.what(), command));
  return kUsage;
}

}  // namespace

int run_command_line(int argc, const char* const* argv) {
  ignore_write_signals();
  CLI::App app(
      "Squall tests infrastructure-as-code engines: it drives a real engine against a\n"
      "simulated cloud that fails, lags and loses replies, and judges what the engine claims.",
      "squall");
  app.set_version_flag("--version", "squall " + std::string(campaign::squall_version()));
  std::vector<Action> actions;
  std::vector<const CLI::App*> apps;
  for (const Subcommand* each : subcommands()) {
    CLI::App* subcommand = app.add_subcommand(std::string(each->name), std::string(each->summary));
    Arguments arguments(*subcommand);
    actions.push_back(each->declare(arguments));
    apps.push_back(subcommand);
  }
  app.footer(
      "Exit codes: 0 nothing new, 1 something new and confirmed, 2 bad input or the harness "
      "failed,\n3 something new, not confirmed.");

  if (argc < 2) {
    print_error(app.help());
    return kUsage;
  }
  const std::string_view first = argv[1];
  if (!first.starts_with('-') && !is_subcommand(first)) return unknown_subcommand(first);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return parse_failed(app, error);
  }
  for (size_t i = 0; i < apps.size(); ++i) {
    if (!apps[i]->parsed()) continue;
    // Nothing should come this far; if it does, it is our fault and not the engine's.
    try {
      return finish_output(actions[i]());
    } catch (const std::exception& error) {
      return complain(fmt::format("{}: internal error: {}", apps[i]->get_name(), error.what()));
    }
  }
  print_error(app.help());
  return kUsage;
}

}  // namespace squall::cli
