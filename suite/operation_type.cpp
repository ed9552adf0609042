#include "suite/operation_type.h"

#include <array>

#include "suite/operation_types.h"

namespace squall::suite {

std::span<const OperationType* const> operation_types() {
  static constexpr std::array<const OperationType*, 12> kTypes = {
      &kApply,  &kDestroy, &kSync,      &kCrash,   &kWait,  &kVerify,
      &kModify, &kDelete,  &kApplyPlan, &kStateRm, &kVisit, &kSwitchBinary};
  return kTypes;
}

const OperationType* find_operation_type(std::string_view name) {
  for (const OperationType* type : operation_types())
    if (type->name == name) return type;
  return nullptr;
}

}  // namespace squall::suite
