// The subcommands of `squall`. Adding one: a file of its own, a line here and one in subcommands().
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "cli/arguments.h"

namespace squall::cli {

// What several of them take.
inline constexpr uint64_t kMostJobs = 1024;
inline constexpr const char* kBinaryHelp =
    "the command line to test, for engines that are one; the first on PATH by default";
inline constexpr const char* kSwitchToHelp =
    "a command line that cases go on to on the way, on the same state; several, in that order";
inline constexpr const char* kTypesHelp =
    "a TOML file of resource types, beside the built-in ones (docs/extending.md)";
inline constexpr const char* kStrictHelp =
    "what the engine's documentation does not promise fails as well; else it is a remark";

// Carries the subcommand out, once its arguments are read, and returns the exit code.
using Action = std::function<int()>;

struct Subcommand {
  std::string_view name;
  std::string_view summary;  // one line for `squall --help`
  // Says what the subcommand takes. The action owns what the arguments are read into.
  Action (*declare)(Arguments& arguments);
};

extern const Subcommand kTest;
extern const Subcommand kReplay;
extern const Subcommand kShrink;
extern const Subcommand kExplain;
extern const Subcommand kConfirm;
extern const Subcommand kCompare;
extern const Subcommand kSelfcheck;
extern const Subcommand kKnown;
extern const Subcommand kList;
extern const Subcommand kProvider;
extern const Subcommand kCloud;

// The explicit list, in the order of the help.
std::span<const Subcommand* const> subcommands();

}  // namespace squall::cli
