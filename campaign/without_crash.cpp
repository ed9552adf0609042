#include "campaign/without_crash.h"

#include <string>
#include <utility>
#include <vector>

#include "suite/case_run.h"

namespace squall::campaign {

suite::Case without_crash(const suite::Case& test_case, const invariants::LoneCrash& crash) {
  suite::Case out = test_case;
  out.operations.clear();
  for (size_t i = 0; i <= crash.last; ++i) {
    suite::Operation operation = test_case.operations.at(i);
    if (i >= crash.first) {
      if (operation.kind == "crash") continue;
      operation.crashes.clear();
      operation.blocking = true;  // to its end, without anybody who kills it
    }
    out.operations.push_back(std::move(operation));
  }
  return out;
}

uint64_t run_without_crash(suite::CaseRecord& record, Worker& worker) {
  const std::optional<invariants::LoneCrash> crash = invariants::lone_crash(record);
  if (!crash) return 0;
  const suite::Case test_case = without_crash(record.test_case, *crash);
  worker.controller().reset();
  suite::CaseRecord other = suite::run_case(test_case, *worker.engine, worker.controller(),
                                            worker.cloud->resource_types());
  if (!other.harness_error.empty()) {
    record.harness_error = "running the case without its crash: " + other.harness_error;
    return 0;
  }
  for (suite::Checkpoint& checkpoint : other.checkpoints) {
    if (checkpoint.operation + 1 != test_case.operations.size()) continue;
    record.without_crash = std::move(checkpoint);
  }
  if (record.without_crash) record.marks.emplace_back(kComparedWithoutCrash, 1);
  return other.trace_hash;
}

}  // namespace squall::campaign
