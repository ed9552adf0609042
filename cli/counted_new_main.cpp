// The operator new of `squall`: that of mimalloc, and counted (campaign/case_memory.h). The
// matching operator delete is mimalloc's own.
#include <mimalloc.h>

#include <new>

#include "campaign/case_memory.h"
#include "cli/memory_meter.h"

void* operator new(std::size_t size) {
  squall::campaign::count_allocation(size);
  return mi_new(size);
}

void* operator new[](std::size_t size) {
  squall::campaign::count_allocation(size);
  return mi_new(size);
}

void* operator new(std::size_t size, std::align_val_t alignment) {
  squall::campaign::count_allocation(size);
  return mi_new_aligned(size, static_cast<std::size_t>(alignment));
}

namespace squall::cli {

namespace {

bool add_area(const mi_heap_t*, const mi_heap_area_t* area, void*, size_t, void* sum) {
  *static_cast<uint64_t*>(sum) += area->used * area->block_size;
  return true;
}

uint64_t held_by_this_thread() {
  uint64_t held = 0;
  mi_heap_visit_blocks(mi_heap_get_default(), /*visit_all_blocks=*/false, add_area, &held);
  return held;
}

}  // namespace

void measure_memory() { campaign::set_memory_meter(held_by_this_thread); }

}  // namespace squall::cli
