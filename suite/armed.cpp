// The part of CaseRun that has things go wrong: what an operation says is to strike while it runs.
#include "suite/executor.h"

namespace squall::suite {

void CaseRun::arm_faults(const Operation& operation) {
  for (const cloud::FaultRule& rule : operation.faults) {
    const Result<cloud::RuleId> injected = controller_.inject(rule);
    if (!injected) return stop("injecting a fault failed: " + injected.error().message);
  }
  for (const CrashPoint& crash : operation.crashes) engine_.arm_crash(crash);
  for (const StoreFault& fault : operation.store_faults) engine_.arm_store_fault(fault);
  // What strikes at the store, or at the run itself, would strike the other one too.
  if (operation.crashes.empty() && operation.store_faults.empty() && operation.rival != 0)
    engine_.arm_rival(operation.rival);
  if (operation.disk_full) set_disk_full(true);
}

void CaseRun::withdraw_faults() {
  controller_.clear_rules();
  engine_.disarm_crashes();
  engine_.disarm_store_faults();
  engine_.disarm_rival();
  set_disk_full(false);
}

void CaseRun::set_disk_full(bool full) {
  if (disk_full_ != full) engine_.set_disk_full(full);
  disk_full_ = full;
}

}  // namespace squall::suite
