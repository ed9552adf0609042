// The commands of Terraform and OpenTofu that the harness uses, as data: what is typed after the
// program's name. Both flavours understand all of them; where only one knows an option, it says so.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"

namespace squall::terraform {

struct Command {
  std::vector<std::string> arguments{};
  // Does it print lines of -json (events.h)? Otherwise it prints for people, or a document.
  bool json = false;
  // The part of its standard output to keep.
  size_t keep_bytes = size_t{8} << 20;
};

// For a person who reads a report: "apply -auto-approve -json -target=terraform_data.a".
std::string text_of(const Command& command);

// How long to try for the lock, and whether at all.
struct LockOptions {
  bool lock = true;
  Duration timeout{};  // whole seconds; 0: fail at once
};

// What plan, apply, destroy and refresh have in common.
struct PlanOptions {
  std::vector<std::string> targets{};   // addresses
  std::vector<std::string> excludes{};  // addresses; OpenTofu only
  std::vector<std::string> replace{};   // addresses
  bool refresh = true;
  std::optional<int> parallelism{};  // 10 where there is none
  LockOptions locking{};
  std::vector<std::pair<std::string, std::string>> variables{};
};

enum class PlanMode : uint8_t { kNormal, kDestroy, kRefreshOnly };

namespace command {

// Downloads nothing (see Cli): it is for backends, and for modules where render() is not trusted.
Command init();
// Plans without changing anything. `plan_file`: where to save the plan; empty: nowhere.
// Ends with 0 where there is nothing to do, and with 2 where there is.
Command plan(const std::string& plan_file, PlanMode mode = PlanMode::kNormal,
             const PlanOptions& options = {});
Command apply(const PlanOptions& options = {});
Command destroy(const PlanOptions& options = {});
Command refresh_only(const PlanOptions& options = {});
Command apply_saved(const std::string& plan_file, std::optional<int> parallelism = {},
                    const LockOptions& locking = {});
Command import_object(const std::string& address, const std::string& id,
                      const LockOptions& locking = {});

Command state_list();
Command state_pull();
// force: whatever its lineage and serial.
Command state_push(const std::string& file, bool force = false, const LockOptions& locking = {});
Command state_remove(const std::vector<std::string>& addresses, const LockOptions& locking = {});
Command state_move(const std::string& from, const std::string& to, const LockOptions& locking = {});
Command force_unlock(const std::string& lock_id);

// The state, or a saved plan, as one JSON document on standard output.
Command show_state();
Command show_plan(const std::string& plan_file);
Command output();
// The same as people see it: what is sensitive is not in it.
Command show_state_for_people();
Command output_for_people();

Command workspace_new(const std::string& name);
Command workspace_select(const std::string& name);
Command workspace_delete(const std::string& name, bool force = false);
Command workspace_list();

}  // namespace command
}  // namespace squall::terraform
