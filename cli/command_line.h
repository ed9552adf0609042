// The command line of `squall`: finds the subcommand, reads its options, runs it.
#pragma once

namespace squall::cli {

// Returns the exit code of verdicts.md. Bad input of any kind: one message on stderr and 2.
int run_command_line(int argc, const char* const* argv);

}  // namespace squall::cli
