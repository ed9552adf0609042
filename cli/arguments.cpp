#include "cli/arguments.h"

#include <CLI/CLI.hpp>
#include <functional>

#include "cli/values.h"

namespace squall::cli {
namespace {

// An option whose text `take` understands or refuses; what it refuses names the option.
void add(CLI::App& app, const std::string& names, const std::string& help,
         const std::string& kind_of_value, std::function<Result<void>(const std::string&)> take) {
  const std::string name = names.substr(names.rfind(',') + 1);
  app.add_option_function<std::string>(
         names,
         [name, take = std::move(take)](const std::string& text) {
           const Result<void> taken = take(text);
           if (!taken) throw CLI::ValidationError(name, taken.error().message);
         },
         help)
      ->type_name(kind_of_value);
}

void add_several(CLI::App& app, const std::string& names, std::vector<std::string>& into,
                 const std::string& help, const std::string& kind_of_value) {
  // Without allow_extra_args(false) it would swallow the positional argument that follows it.
  app.add_option(names, into, help)->type_name(kind_of_value)->allow_extra_args(false);
}

template <class T, class Parse>
std::function<Result<void>(const std::string&)> parsed_into(T& into, Parse parse) {
  return [&into, parse](const std::string& text) -> Result<void> {
    TRY(into, parse(text));
    return {};
  };
}

template <class T>
std::function<Result<void>(const std::string&)> assigned_to(T& into) {
  return [&into](const std::string& text) -> Result<void> {
    into = text;
    return {};
  };
}

auto number_within(Arguments::Range range) {
  return
      [range](const std::string& text) { return parse_number(text, range.minimum, range.maximum); };
}

}  // namespace

void Arguments::text(const std::string& names, std::string& into, const std::string& help) {
  add(app_, names, help, "NAME", assigned_to(into));
}

void Arguments::text(const std::string& names, std::optional<std::string>& into,
                     const std::string& help) {
  add(app_, names, help, "NAME", assigned_to(into));
}

void Arguments::path(const std::string& names, std::string& into, const std::string& help) {
  add(app_, names, help, "PATH", assigned_to(into));
}

void Arguments::path(const std::string& names, std::optional<std::string>& into,
                     const std::string& help) {
  add(app_, names, help, "PATH", assigned_to(into));
}

void Arguments::texts(const std::string& names, std::vector<std::string>& into,
                      const std::string& help) {
  add_several(app_, names, into, help, "NAME");
}

void Arguments::paths(const std::string& names, std::vector<std::string>& into,
                      const std::string& help) {
  add_several(app_, names, into, help, "PATH");
}

void Arguments::words(const std::string& names, std::vector<std::string>& into,
                      const std::string& help) {
  add(app_, names, help, "WORDS", [&into](const std::string& text) -> Result<void> {
    into = split_words(text);
    return {};
  });
}

void Arguments::flag(const std::string& names, bool& into, const std::string& help) {
  app_.add_flag(names, into, help);
}

void Arguments::number(const std::string& names, uint64_t& into, Range range,
                       const std::string& help) {
  add(app_, names, help, "N", parsed_into(into, number_within(range)));
}

void Arguments::number(const std::string& names, std::optional<uint64_t>& into, Range range,
                       const std::string& help) {
  add(app_, names, help, "N", parsed_into(into, number_within(range)));
}

void Arguments::duration(const std::string& names, std::optional<Duration>& into,
                         const std::string& help) {
  add(app_, names, help, "TIME", parsed_into(into, parse_duration));
}

void Arguments::size(const std::string& names, uint64_t& into, const std::string& help) {
  add(app_, names, help, "SIZE", parsed_into(into, parse_size));
}

void Arguments::positional(const std::string& name, std::string& into, const std::string& help) {
  app_.add_option(name, into, help)->required()->type_name("");
}

void Arguments::positionals(const std::string& name, std::vector<std::string>& into,
                            const std::string& help) {
  app_.add_option(name, into, help)->type_name("");
}

void Arguments::footer(const std::string& text) { app_.footer(text); }

}  // namespace squall::cli
