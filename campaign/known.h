// Failures that somebody has reported already. They are counted and shown, do not fail a run, and
// do not hide what lies behind them.
//
// The file is TOML, made to be edited by hand:
//
//   [[known]]
//   engine = "agent"
//   versions = ">=0.3.0 <0.5"      # of the engine; left out: all
//   invariant = "no-duplicate"
//   shape = "two-objects"          # left out: every kind of this invariant
//   link = "https://tracker.example/issues/12"
//   scenario = "lost-reply.json"   # beside the file; left out: nothing tells when it is mended
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "campaign/version_range.h"

namespace squall::campaign {

struct KnownRule {
  std::string engine;
  std::string versions;
  VersionRange range;  // of `versions`
  std::string invariant;
  std::string shape;  // the checker's kind; empty: any
  std::string link;
  // It must still show the failure, or the rule has expired. As written; `folder` is where it is
  // looked for.
  std::string scenario;
  std::filesystem::path folder;

  bool covers(std::string_view signature) const;
  // Must its scenario show on this version? Of several, cases begin with the first.
  bool shows_on(std::string_view version) const;
  std::filesystem::path scenario_path() const { return folder / scenario; }
};

// Reads a file of rules. The error names the file and the rule, and what is wrong with it: unknown
// members, invariants and shapes too, so that a misspelt rule does not lie there without effect.
Result<std::vector<KnownRule>> load_known(const std::filesystem::path& path);

// Those that apply to this engine; of several versions (versions_in), to any of them.
std::vector<KnownRule> rules_for(const std::vector<KnownRule>& rules, std::string_view engine,
                                 std::string_view version);

// The first rule that covers the signature, or nullptr.
const KnownRule* find_known(const std::vector<KnownRule>& rules, std::string_view signature);

// Adds the rule at the end of the file, which is made if it is missing; what stands there stays as
// it is, comments included. Errors: the file is no file of rules; it has a rule with the same
// engine, versions, invariant and shape; whatever the file system says.
Result<void> add_known(const std::filesystem::path& path, const KnownRule& rule);

}  // namespace squall::campaign
