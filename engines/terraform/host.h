// What all engines of a run share: the command line that was found, where they work, and the state
// backend.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "engines/processes/work_area.h"
#include "engines/terraform/case_state.h"
#include "engines/terraform/cli.h"
#include "engines/terraform/terraform_engine.h"

namespace squall::terraform {

// Declared first, goes last: the guardian outlives every process, the area every directory.
struct TerraformHost::Impl {
  processes::WorkArea area;
  processes::Guardian guardian;
  std::vector<Cli> clis;           // in the order in which cases use them; not empty from open() on
  std::vector<std::string> flags;  // of each plan and apply, as they are typed
  SharedBackend backend;
  std::atomic<uint64_t> directories = 0;  // made so far

  std::vector<Binary> binaries() const;
};

// The command with the options that each plan and apply is to have.
Command with_flags(Command command, const std::vector<std::string>& flags);

}  // namespace squall::terraform
