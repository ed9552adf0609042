#include "agent/store/last_writes.h"

#include <algorithm>

namespace squall::agent {

namespace {

// After this write, is it unknown whether the database has the plan of what the key holds?
bool leaves_plan_open(const LastWrite& one) {
  if (one.is_delete()) return true;
  const engine::StoredUpdate* update = one.update();
  return update != nullptr && update->state == UpdateState::kNotStarted;
}

}  // namespace

const engine::StoredUpdate* LastWrite::update() const {
  return is_delete() ? nullptr : std::get_if<engine::StoredUpdate>(&write->record->value);
}

std::vector<LastWrite> last_writes(std::span<const engine::Batch> batches) {
  std::vector<LastWrite> all;
  size_t count = 0;
  for (const engine::Batch& batch : batches) count += batch.size();
  all.reserve(count);
  for (const engine::Batch& batch : batches) {
    for (const engine::Write& write : batch) all.push_back({&write, false});
  }
  std::stable_sort(all.begin(), all.end(), [](const LastWrite& a, const LastWrite& b) {
    return a.write->key < b.write->key;
  });
  size_t kept = 0;
  for (size_t i = 0; i < all.size();) {
    const size_t first = i;
    bool with_plan = false;
    for (; i < all.size() && all[i].write->key == all[first].write->key; ++i) {
      with_plan = with_plan || leaves_plan_open(all[i]);
    }
    LastWrite last = all[i - 1];
    last.with_plan = with_plan && last.update() != nullptr;
    all[kept++] = last;
  }
  all.resize(kept);
  return all;
}

}  // namespace squall::agent
