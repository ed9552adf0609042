// What `squall` is linked with to be able to limit the memory of a case; builds with sanitizers are
// not, and have no such limit.
#pragma once

namespace squall::cli {

// From now on campaign/case_memory.h knows what a thread holds.
void measure_memory();

}  // namespace squall::cli
