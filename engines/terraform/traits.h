// What Terraform and OpenTofu have and promise, for the suite: which operations are drawn for them,
// and what a campaign must have reached.
#pragma once

#include <chrono>

#include "engine_under_test/engine_under_test.h"
#include "engines/terraform/cli.h"

namespace squall::terraform {

// No run takes longer.
inline constexpr Duration kRunDeadline = std::chrono::minutes(2);

Traits traits_of(const Binary& binary);

}  // namespace squall::terraform
