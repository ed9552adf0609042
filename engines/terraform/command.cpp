#include "engines/terraform/command.h"

#include <fmt/format.h>

namespace squall::terraform {
namespace {

// A document is wanted whole.
constexpr size_t kDocumentBytes = size_t{256} << 20;

Command for_people(std::vector<std::string> arguments) {
  return {.arguments = std::move(arguments), .json = false};
}

Command document(std::vector<std::string> arguments) {
  return {.arguments = std::move(arguments), .json = false, .keep_bytes = kDocumentBytes};
}

void add_locking(std::vector<std::string>& arguments, const LockOptions& locking) {
  if (!locking.lock) arguments.emplace_back("-lock=false");
  const auto timeout = std::chrono::duration_cast<std::chrono::seconds>(locking.timeout).count();
  if (timeout > 0) arguments.push_back(fmt::format("-lock-timeout={}s", timeout));
}

void add_options(std::vector<std::string>& arguments, const PlanOptions& options) {
  arguments.emplace_back("-input=false");
  for (const std::string& each : options.targets) arguments.push_back("-target=" + each);
  for (const std::string& each : options.excludes) arguments.push_back("-exclude=" + each);
  for (const std::string& each : options.replace) arguments.push_back("-replace=" + each);
  if (!options.refresh) arguments.emplace_back("-refresh=false");
  if (options.parallelism) {
    arguments.push_back(fmt::format("-parallelism={}", *options.parallelism));
  }
  add_locking(arguments, options.locking);
  for (const auto& [name, value] : options.variables) {
    arguments.push_back(fmt::format("-var={}={}", name, value));
  }
}

Command apply_in(PlanMode mode, const PlanOptions& options) {
  std::vector<std::string> arguments{"apply", "-json", "-auto-approve"};
  if (mode == PlanMode::kDestroy) arguments.emplace_back("-destroy");
  if (mode == PlanMode::kRefreshOnly) arguments.emplace_back("-refresh-only");
  add_options(arguments, options);
  return {.arguments = std::move(arguments), .json = true};
}

}  // namespace

std::string text_of(const Command& command) {
  return fmt::format("{}", fmt::join(command.arguments, " "));
}

namespace command {

Command init() { return for_people({"init", "-input=false", "-no-color"}); }

Command plan(const std::string& plan_file, PlanMode mode, const PlanOptions& options) {
  std::vector<std::string> arguments{"plan", "-json", "-detailed-exitcode"};
  if (mode == PlanMode::kDestroy) arguments.emplace_back("-destroy");
  if (mode == PlanMode::kRefreshOnly) arguments.emplace_back("-refresh-only");
  if (!plan_file.empty()) arguments.push_back("-out=" + plan_file);
  add_options(arguments, options);
  return {.arguments = std::move(arguments), .json = true};
}

Command apply(const PlanOptions& options) { return apply_in(PlanMode::kNormal, options); }

Command destroy(const PlanOptions& options) { return apply_in(PlanMode::kDestroy, options); }

Command refresh_only(const PlanOptions& options) {
  return apply_in(PlanMode::kRefreshOnly, options);
}

Command apply_saved(const std::string& plan_file, std::optional<int> parallelism,
                    const LockOptions& locking) {
  std::vector<std::string> arguments{"apply", "-json"};
  add_options(arguments, {.parallelism = parallelism, .locking = locking});
  arguments.push_back(plan_file);
  return {.arguments = std::move(arguments), .json = true};
}

Command import_object(const std::string& address, const std::string& id,
                      const LockOptions& locking) {
  std::vector<std::string> arguments{"import", "-input=false", "-no-color"};
  add_locking(arguments, locking);
  arguments.insert(arguments.end(), {address, id});
  return for_people(std::move(arguments));
}

Command state_list() { return document({"state", "list"}); }

Command state_pull() { return document({"state", "pull"}); }

Command state_push(const std::string& file, bool force, const LockOptions& locking) {
  std::vector<std::string> arguments{"state", "push"};
  if (force) arguments.emplace_back("-force");
  add_locking(arguments, locking);
  arguments.push_back(file);
  return for_people(std::move(arguments));
}

Command state_remove(const std::vector<std::string>& addresses, const LockOptions& locking) {
  std::vector<std::string> arguments{"state", "rm"};
  add_locking(arguments, locking);
  arguments.insert(arguments.end(), addresses.begin(), addresses.end());
  return for_people(std::move(arguments));
}

Command state_move(const std::string& from, const std::string& to, const LockOptions& locking) {
  std::vector<std::string> arguments{"state", "mv"};
  add_locking(arguments, locking);
  arguments.insert(arguments.end(), {from, to});
  return for_people(std::move(arguments));
}

Command force_unlock(const std::string& lock_id) {
  return for_people({"force-unlock", "-force", lock_id});
}

Command show_state() { return document({"show", "-json"}); }

Command show_plan(const std::string& plan_file) { return document({"show", "-json", plan_file}); }

Command output() { return document({"output", "-json"}); }

Command show_state_for_people() { return document({"show", "-no-color"}); }

Command output_for_people() { return document({"output", "-no-color"}); }

Command workspace_new(const std::string& name) { return for_people({"workspace", "new", name}); }

Command workspace_select(const std::string& name) {
  return for_people({"workspace", "select", name});
}

Command workspace_delete(const std::string& name, bool force) {
  std::vector<std::string> arguments{"workspace", "delete"};
  if (force) arguments.emplace_back("-force");
  arguments.push_back(name);
  return for_people(std::move(arguments));
}

Command workspace_list() { return document({"workspace", "list"}); }

}  // namespace command
}  // namespace squall::terraform
