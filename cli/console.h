// The terminal, or whatever stands in for it.
#pragma once

#include <string_view>

#include "report/text.h"

namespace squall::cli {

// To stdout and to stderr. Output that nobody reads any more is dropped; see finish_output.
void print(std::string_view text);
void print_error(std::string_view text);

// "squall: <message>" on stderr; returns 2, the exit code of whatever is wrong with the input.
int complain(std::string_view message);

// Colours for stdout: where it is a terminal and NO_COLOR is not set (no-color.org).
report::Style style_of_output();
bool error_output_is_terminal();

// A reader that goes away (`squall list types | head -1`), or a file that may not grow any more,
// must not kill a run half-way: its failures are still to be saved, or to be told of.
void ignore_write_signals();

// Flushes stdout. Where it could not be written (a full disk; not: a reader gone) the answer is
// lost: says so and returns 2. Otherwise returns `code`.
int finish_output(int code);

}  // namespace squall::cli
