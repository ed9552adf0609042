// What Terraform and OpenTofu have and promise, for the suite: which operations are drawn for them,
// and what a campaign must have reached.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "engine_under_test/engine_under_test.h"
#include "engines/terraform/cli.h"

namespace squall::terraform {

// No run takes longer.
inline constexpr Duration kRunDeadline = std::chrono::minutes(2);

// "1.11.4", "1.6.2+opentofu".
std::string version_of(const Binary& binary);

// REQUIRES: there is one. Of several, in the order in which cases use them, what all of them have.
Traits traits_of(const std::vector<Binary>& binaries);

}  // namespace squall::terraform
