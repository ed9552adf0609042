// The operation types, one file each. To add one: its file, a line here, a line in
// operation_type.cpp.
#pragma once

#include "suite/operation_type.h"

namespace squall::suite {

extern const OperationType kApply;
extern const OperationType kDestroy;
extern const OperationType kSync;
extern const OperationType kCrash;
extern const OperationType kWait;
extern const OperationType kVerify;
extern const OperationType kModify;
extern const OperationType kDelete;
extern const OperationType kApplyPlan;
extern const OperationType kStateRm;
extern const OperationType kVisit;
extern const OperationType kSwitchBinary;

}  // namespace squall::suite
