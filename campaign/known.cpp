#include "campaign/known.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

#include "campaign/files.h"
#include "campaign/judged_case.h"
#include "campaign/version.h"

namespace squall::campaign {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kKnownTable = "known";

struct Member {
  std::string_view name;
  std::string KnownRule::* into;
  bool required;
};
constexpr std::array kMembers = {
    Member{.name = "engine", .into = &KnownRule::engine, .required = true},
    Member{.name = "versions", .into = &KnownRule::versions, .required = false},
    Member{.name = "invariant", .into = &KnownRule::invariant, .required = true},
    Member{.name = "shape", .into = &KnownRule::shape, .required = false},
    Member{.name = "link", .into = &KnownRule::link, .required = true},
    Member{.name = "scenario", .into = &KnownRule::scenario, .required = false},
};

Result<void> read_members(const toml::table& table, KnownRule& rule) {
  for (const auto& [key, value] : table) {
    const auto member = std::ranges::find(kMembers, key.str(), &Member::name);
    if (member == kMembers.end()) {
      return fail(fmt::format("there is no member \"{}\" in a rule", key.str()));
    }
    const std::optional<std::string> text = value.value_exact<std::string>();
    if (!text) return fail(fmt::format("\"{}\" must be a text", key.str()));
    rule.*(member->into) = *text;
  }
  for (const Member& member : kMembers) {
    if (member.required && (rule.*(member.into)).empty()) {
      return fail(fmt::format("\"{}\" is missing", member.name));
    }
  }
  return {};
}

Result<void> complete(KnownRule& rule) {
  TRY(rule.range, VersionRange::parse(rule.versions));
  return check_kind(rule.invariant, rule.shape);
}

Result<std::vector<KnownRule>> parse_rules(const std::string& text, const fs::path& folder) {
  toml::table document;
  try {
    document = toml::parse(text);
  } catch (const toml::parse_error& error) {
    return fail(fmt::format("line {}: {}", error.source().begin.line, error.description()));
  }
  std::vector<KnownRule> out;
  for (const auto& [key, value] : document) {
    const toml::array* rules = value.as_array();
    if (key.str() != kKnownTable || rules == nullptr) {
      return fail(fmt::format("\"{}\" is not expected; rules begin with [[known]]", key.str()));
    }
    for (const toml::node& node : *rules) {
      const size_t number = out.size() + 1;
      KnownRule rule;
      const toml::table* table = node.as_table();
      if (table == nullptr) return fail("rules begin with [[known]]");
      Result<void> read = read_members(*table, rule);
      if (read) read = complete(rule);
      if (!read) return fail(fmt::format("rule {}: {}", number, read.error().message));
      rule.folder = folder;
      out.push_back(std::move(rule));
    }
  }
  return out;
}

std::string text_of(const KnownRule& rule) {
  std::ostringstream out;
  out << "[[" << kKnownTable << "]]\n";
  for (const Member& member : kMembers) {
    const std::string& value = rule.*(member.into);
    if (!value.empty()) out << member.name << " = " << toml::value<std::string>(value) << "\n";
  }
  return std::move(out).str();
}

bool same_matter(const KnownRule& a, const KnownRule& b) {
  return a.engine == b.engine && a.versions == b.versions && a.invariant == b.invariant &&
         a.shape == b.shape;
}

std::string reading(const fs::path& path) {
  return fmt::format("reading the known failures {}", path.string());
}

}  // namespace

bool KnownRule::covers(std::string_view signature) const {
  const size_t slash = std::min(signature.find('/'), signature.size());
  if (signature.substr(0, slash) != invariant) return false;
  return shape.empty() || (slash < signature.size() && signature.substr(slash + 1) == shape);
}

bool KnownRule::shows_on(std::string_view version) const {
  return !scenario.empty() && range.contains(versions_in(version).front());
}

Result<std::vector<KnownRule>> load_known(const fs::path& path) {
  TRY(const std::string text, read_file(path));
  Result<std::vector<KnownRule>> rules = parse_rules(text, path.parent_path());
  if (!rules) return fail(fmt::format("{}: {}", reading(path), rules.error().message));
  return rules;
}

std::vector<KnownRule> rules_for(const std::vector<KnownRule>& rules, std::string_view engine,
                                 std::string_view version) {
  std::vector<KnownRule> out;
  const std::vector<std::string> versions = versions_in(version);
  for (const KnownRule& rule : rules) {
    const auto is_of = [&](const std::string& each) { return rule.range.contains(each); };
    if (rule.engine == engine && std::ranges::any_of(versions, is_of)) out.push_back(rule);
  }
  return out;
}

const KnownRule* find_known(const std::vector<KnownRule>& rules, std::string_view signature) {
  const auto found =
      std::ranges::find_if(rules, [&](const KnownRule& each) { return each.covers(signature); });
  return found == rules.end() ? nullptr : &*found;
}

Result<void> add_known(const fs::path& path, const KnownRule& rule) {
  std::string text;
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(path, ignored))) {
    TRY(text, read_file(path));
  }
  const Result<std::vector<KnownRule>> rules = parse_rules(text, path.parent_path());
  if (!rules) return fail(fmt::format("{}: {}", reading(path), rules.error().message));
  for (const KnownRule& each : *rules) {
    if (!same_matter(each, rule)) continue;
    return fail(fmt::format("adding to {}: this failure is known there already, as {}",
                            path.string(), each.link));
  }
  KnownRule added = rule;
  const Result<void> sound = complete(added);
  if (!sound) return fail(fmt::format("adding to {}: {}", path.string(), sound.error().message));
  if (!text.empty()) text += text.ends_with('\n') ? "\n" : "\n\n";
  return write_file(path, text + text_of(rule));
}

}  // namespace squall::campaign
