#include "cli/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace squall::cli {

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void print_error(std::string_view text) {
  // Both streams may be one terminal: what was said first is shown first.
  std::fflush(stdout);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

int complain(std::string_view message) {
  print_error(fmt::format("squall: {}\n", message));
  return 2;
}

report::Style style_of_output() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool refused = no_color != nullptr && *no_color != '\0';
  const bool dumb = terminal != nullptr && std::strcmp(terminal, "dumb") == 0;
  return report::Style(::isatty(STDOUT_FILENO) == 1 && !refused && !dumb);
}

bool error_output_is_terminal() { return ::isatty(STDERR_FILENO) == 1; }

void ignore_write_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

int finish_output(int code) {
  errno = 0;
  const bool flushed = std::fflush(stdout) == 0;
  const int error = errno;
  if (flushed && std::ferror(stdout) == 0) return code;
  if (error == EPIPE || error == 0) return code;
  return complain(fmt::format("writing the output: {}", std::strerror(error)));
}

}  // namespace squall::cli
