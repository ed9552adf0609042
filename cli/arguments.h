// What a subcommand takes, without the library that parses it: that one is slow to compile, and one
// file is enough for it.
//
// Names are written as in "--seed" or "-j,--jobs". What is read into must outlive the parsing. A
// value that does not fit ends the parsing with a message that says what does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

// NOLINTNEXTLINE(readability-identifier-naming): the name is that of the library.
namespace CLI {
class App;
}

namespace squall::cli {

class Arguments {
 public:
  explicit Arguments(CLI::App& app) : app_(app) {}

  void text(const std::string& names, std::string& into, const std::string& help);
  void text(const std::string& names, std::optional<std::string>& into, const std::string& help);
  // The same, shown as a place on the disk.
  void path(const std::string& names, std::string& into, const std::string& help);
  void path(const std::string& names, std::optional<std::string>& into, const std::string& help);
  // May be given several times.
  void texts(const std::string& names, std::vector<std::string>& into, const std::string& help);
  void paths(const std::string& names, std::vector<std::string>& into, const std::string& help);
  // Words with spaces between them: "-parallelism=1 -lock=false".
  void words(const std::string& names, std::vector<std::string>& into, const std::string& help);
  void flag(const std::string& names, bool& into, const std::string& help);

  struct Range {
    uint64_t minimum = 0;
    uint64_t maximum = UINT64_MAX;
  };
  void number(const std::string& names, uint64_t& into, Range range, const std::string& help);
  void number(const std::string& names, std::optional<uint64_t>& into, Range range,
              const std::string& help);
  void duration(const std::string& names, std::optional<Duration>& into, const std::string& help);

  // Bytes.
  void size(const std::string& names, uint64_t& into, const std::string& help);

  // The argument without a name; required.
  void positional(const std::string& name, std::string& into, const std::string& help);
  // Any number of them.
  void positionals(const std::string& name, std::vector<std::string>& into,
                   const std::string& help);

  // What stands below the help.
  void footer(const std::string& text);

 private:
  CLI::App& app_;
};

}  // namespace squall::cli
