// Runs one case against one engine and writes its record; then the epilogue every case ends with.
#pragma once

#include "cloud/controller.h"
#include "documents/resource_type.h"
#include "engine_under_test/engine_under_test.h"
#include "suite/record.h"

namespace squall::suite {

// REQUIRES: the cloud is empty (reset) and belongs to `engine`.
// Errors of the harness are in the record (harness_error), not thrown.
CaseRecord run_case(const Case& test_case, EngineUnderTest& engine, cloud::Controller& controller,
                    const std::vector<ResourceType>& types);

}  // namespace squall::suite
