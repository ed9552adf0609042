// Terraform or OpenTofu behind the contract EngineUnderTest: each request is one run of the command
// line in a working directory of its case, the provider runs in this process (docs/terraform.md).
//
//   TerraformHost ── what the engines of a campaign share: binary, guardian, work area
//     └─ TerraformRig ── one worker's cloud, brought to real time, and the provider in front of it
//          └─ EngineUnderTest
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cloud/cloud.h"
#include "engine_under_test/engine_under_test.h"

namespace squall::terraform {

struct TerraformOptions {
  std::string binary;  // a path or a name; empty: tofu, else terraform, on PATH
  // Those that cases go on to, in this order (EngineUnderTest::switch_binary).
  std::vector<std::string> later_binaries = {};
  // Further options of each plan and apply: "-parallelism=1".
  std::vector<std::string> flags = {};
};

// Shared by the workers of a campaign; any thread may make rigs.
class TerraformHost {
 public:
  // Errors: no such binary, options that its plan or apply does not take, no room for working
  // directories.
  static Result<std::shared_ptr<TerraformHost>> open(const TerraformOptions& options);
  ~TerraformHost();

  struct Impl;
  explicit TerraformHost(std::unique_ptr<Impl> impl);
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

// An engine with its provider, and the one way to the cloud that is safe while a run goes on: the
// provider's threads call it. Both refer to `cloud`, which must outlive them.
struct TerraformRig {
  std::unique_ptr<EngineUnderTest> engine;
  std::unique_ptr<cloud::Controller> controller;
};
Result<TerraformRig> make_terraform_rig(std::shared_ptr<TerraformHost> host, cloud::Cloud& cloud);

}  // namespace squall::terraform
