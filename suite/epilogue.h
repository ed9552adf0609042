// The requests that every case ends with, once its faults are withdrawn: in this order, the apply
// twice.
#pragma once

#include <vector>

#include "documents/resource_type.h"
#include "suite/case.h"

namespace squall::suite {

Operation final_sync();
// Everything the world has, as it shall be in the end.
Operation final_apply(const World& world, const std::vector<ResourceType>& types);
Operation final_destroy(const World& world);

}  // namespace squall::suite
