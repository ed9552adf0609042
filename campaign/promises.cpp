#include "campaign/promises.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "base/check.h"
#include "campaign/engine_factory.h"
#include "campaign/judged_case.h"
#include "campaign/version.h"

namespace squall::campaign {
namespace {

constexpr std::string_view kPromiseTable = "promise";
constexpr std::array kGrades = {Grade::documented, Grade::implied, Grade::ours};

Result<std::string> text_of(const toml::node& node, std::string_view name) {
  std::optional<std::string> text = node.value_exact<std::string>();
  if (text && !text->empty()) return *std::move(text);
  return fail(fmt::format("\"{}\" must be a text that says something", name));
}

Result<Grade> grade_of(const std::string& text) {
  const auto found =
      std::ranges::find_if(kGrades, [&](Grade each) { return to_string(each) == text; });
  if (found != kGrades.end()) return *found;
  return fail(fmt::format("there is no grade \"{}\"; known are documented, implied, ours", text));
}

Result<std::vector<std::string>> shapes_of(const toml::node& node) {
  const toml::array* names = node.as_array();
  if (names == nullptr || names->empty()) {
    return fail("\"shapes\" must be a list of kinds; without it the entry is of all the others");
  }
  std::vector<std::string> out;
  for (const toml::node& each : *names) {
    TRY(std::string name, text_of(each, "shapes"));
    out.push_back(std::move(name));
  }
  return out;
}

// True: `key` is a member of Source.
Result<bool> read_source_member(std::string_view key, const toml::node& value, Source& source) {
  if (key == "address") {
    TRY(source.address, text_of(value, key));
  } else if (key == "versions") {
    TRY(source.versions, text_of(value, key));
    TRY(source.range, VersionRange::parse(source.versions));
  } else {
    return false;
  }
  return true;
}

Result<void> check(const Source& source) {
  const bool is_address = source.address.starts_with("https://") &&
                          source.address.find_first_of(" \t\n") == std::string::npos;
  if (!is_address) {
    return fail(fmt::format("\"{}\" is no address of a page; write one that begins with https://",
                            source.address));
  }
  if (source.versions.empty()) return fail("\"versions\" is missing; \"*\" are all");
  return {};
}

Result<Source> read_variant(const toml::table& table, std::string_view tag) {
  Source out;
  for (const auto& [key, value] : table) {
    TRY(const bool is_member, read_source_member(key.str(), value, out));
    if (!is_member) {
      return fail(fmt::format("there is no member \"{}\" in [promise.{}]", key.str(), tag));
    }
  }
  TRY_VOID(check(out));
  return out;
}

Result<void> read_member(std::string_view key, const toml::node& value, Promise& out) {
  if (const toml::table* variant = value.as_table()) {
    TRY(Source source, read_variant(*variant, key));
    out.variants.emplace(key, std::move(source));
  } else if (key == "invariant") {
    TRY(out.invariant, text_of(value, key));
  } else if (key == "shapes") {
    TRY(out.shapes, shapes_of(value));
  } else if (key == "says") {
    TRY(out.says, text_of(value, key));
  } else if (key == "grade") {
    TRY(const std::string text, text_of(value, key));
    TRY(out.grade, grade_of(text));
  } else {
    TRY(const bool is_member, read_source_member(key, value, out.source));
    if (!is_member) return fail(fmt::format("there is no member \"{}\" in a promise", key));
  }
  return {};
}

Result<Promise> read_promise(const toml::table& table) {
  Promise out;
  for (const auto& [key, value] : table) TRY_VOID(read_member(key.str(), value, out));
  for (const std::string_view name : {"invariant", "says", "grade"}) {
    if (!table.contains(name)) return fail(fmt::format("\"{}\" is missing", name));
  }
  TRY_VOID(check(out.source));
  TRY_VOID(check_kind(out.invariant, ""));
  for (const std::string& shape : out.shapes) TRY_VOID(check_kind(out.invariant, shape));
  return out;
}

// Which entry counts must not be a matter of order.
Result<void> check_once(const Promise& promise, std::set<std::string>& seen) {
  std::vector<std::string> names = promise.shapes;
  if (names.empty()) names.emplace_back();
  for (const std::string& name : names) {
    if (seen.insert(promise.invariant + "/" + name).second) continue;
    return fail(name.empty() ? promise.invariant + " has another entry without shapes"
                             : fmt::format("{}/{} has another entry", promise.invariant, name));
  }
  return {};
}

// "1.9.0+opentofu": "opentofu".
std::string_view build_tag(std::string_view version) {
  const size_t plus = version.find('+');
  return plus == std::string_view::npos ? std::string_view() : version.substr(plus + 1);
}

const Promise* find_promise(const std::vector<Promise>& promises, std::string_view signature) {
  const size_t slash = std::min(signature.find('/'), signature.size());
  const std::string_view shape = signature.substr(std::min(slash + 1, signature.size()));
  const Promise* general = nullptr;
  for (const Promise& each : promises) {
    if (each.invariant != signature.substr(0, slash)) continue;
    if (each.shapes.empty()) general = &each;
    if (std::ranges::find(each.shapes, shape) != each.shapes.end()) return &each;
  }
  return general;
}

// nullptr: it says nothing of such versions.
const Source* source_for(const Promise& promise, std::string_view tag) {
  if (tag.empty()) return &promise.source;
  const auto variant = promise.variants.find(tag);
  return variant == promise.variants.end() ? nullptr : &variant->second;
}

// Nobody promises that a state can be worked on by an earlier version than the one that wrote it,
// or by another program.
bool go_up(const std::vector<std::string>& versions) {
  const auto turn = std::ranges::adjacent_find(versions, [](const auto& from, const auto& to) {
    return build_tag(from) != build_tag(to) || compare_versions(from, to) > 0;
  });
  return turn == versions.end();
}

}  // namespace

std::string_view to_string(Grade grade) {
  switch (grade) {
    case Grade::documented:
      return "documented";
    case Grade::implied:
      return "implied";
    case Grade::ours:
      return "ours";
  }
  return "?";
}

Result<std::vector<Promise>> parse_promises(std::string_view text) {
  toml::table document;
  try {
    document = toml::parse(text);
  } catch (const toml::parse_error& error) {
    return fail(fmt::format("line {}: {}", error.source().begin.line, error.description()));
  }
  std::vector<Promise> out;
  std::set<std::string> seen;
  for (const auto& [key, value] : document) {
    const toml::array* entries = value.as_array();
    if (key.str() != kPromiseTable || entries == nullptr) {
      return fail(fmt::format("\"{}\" is not expected; entries begin with [[promise]]", key.str()));
    }
    for (const toml::node& node : *entries) {
      const toml::table* table = node.as_table();
      if (table == nullptr) return fail("entries begin with [[promise]]");
      Result<Promise> promise = read_promise(*table);
      Result<void> sound;
      if (promise) sound = check_once(*promise, seen);
      if (!promise || !sound) {
        return fail(fmt::format("entry {}: {}", out.size() + 1,
                                promise ? sound.error().message : promise.error().message));
      }
      out.push_back(*std::move(promise));
    }
  }
  return out;
}

const std::vector<Promise>* promises_of(std::string_view engine) {
  using ByEngine = std::map<std::string, std::vector<Promise>, std::less<>>;
  static const ByEngine kPromises = [] {
    ByEngine out;
    for (const EngineKind& kind : engine_kinds()) {
      if (kind.promises == nullptr) continue;
      Result<std::vector<Promise>> promises = parse_promises(kind.promises());
      SQUALL_CHECK(promises.has_value());
      out.emplace(kind.name, *std::move(promises));
    }
    return out;
  }();
  const auto found = kPromises.find(engine);
  return found == kPromises.end() ? nullptr : &found->second;
}

Standing standing_of(const std::vector<Promise>& promises, std::string_view signature,
                     std::string_view version) {
  Standing out;
  out.promise = find_promise(promises, signature);
  if (out.promise == nullptr) return out;
  const std::vector<std::string> versions = versions_in(version);
  out.in_range = go_up(versions);
  for (const std::string& each : versions) {
    out.source = source_for(*out.promise, build_tag(each));
    out.in_range = out.in_range && out.source != nullptr && out.source->range.contains(each);
  }
  return out;
}

}  // namespace squall::campaign
