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

// By key, then in the order of the batches.
struct Numbered {
  const engine::Write* write = nullptr;
  size_t number = 0;
  friend bool operator<(const Numbered& a, const Numbered& b) {
    const int order = a.write->key.compare(b.write->key);
    return order != 0 ? order < 0 : a.number < b.number;
  }
};

}  // namespace

const engine::StoredUpdate* LastWrite::update() const {
  return is_delete() ? nullptr : std::get_if<engine::StoredUpdate>(&write->record->value);
}

std::vector<LastWrite> last_writes(std::span<const engine::Batch> batches) {
  size_t count = 0;
  for (const engine::Batch& batch : batches) count += batch.size();
  std::vector<Numbered> all;
  all.reserve(count);
  for (const engine::Batch& batch : batches) {
    for (const engine::Write& write : batch) all.push_back({&write, all.size()});
  }
  std::sort(all.begin(), all.end());
  std::vector<LastWrite> last;
  last.reserve(count);
  bool with_plan = false;
  for (size_t i = 0; i < count; ++i) {
    const engine::Write* write = all[i].write;
    with_plan = with_plan || leaves_plan_open({write, false});
    if (i + 1 < count && all[i + 1].write->key == write->key) continue;
    last.push_back({write, false});
    last.back().with_plan = with_plan && last.back().update() != nullptr;
    with_plan = false;
  }
  return last;
}

}  // namespace squall::agent
