#include "campaign/case_memory.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"

namespace squall::campaign {

namespace {

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
constexpr uint64_t kRunaway = 2;  // times the limit

MemoryMeter the_meter = nullptr;
// The watch of this thread, and the limit that its countdown was last set for; 0: for none.
constinit thread_local MemoryWatch* current = nullptr;
constinit thread_local uint64_t counted_for = 0;

// More than the next bound cannot be held before that much has been handed out. No less than a part
// of the limit, or who stays close below it would look all the time.
int64_t next_look(uint64_t held, uint64_t limit) {
  const uint64_t bound = held <= limit ? limit : kRunaway * limit;
  const uint64_t left = held < bound ? bound - held : 0;
  return static_cast<int64_t>(std::max(left, limit / 64));
}

}  // namespace

[[gnu::tls_model("local-exec")]] constinit thread_local int64_t bytes_until_look = kNever;

void set_memory_meter(MemoryMeter meter) { the_meter = meter; }

void look_at_memory() noexcept {
  bytes_until_look = kNever;  // whatever is allocated below
  MemoryWatch* watch = current;
  if (watch == nullptr || the_meter == nullptr) {
    counted_for = 0;
    return;
  }
  const uint64_t held = the_meter();
  watch->peak_ = std::max(watch->peak_, held);
  if (held > kRunaway * watch->limit_ && watch->on_runaway_) {
    std::exchange(watch->on_runaway_, nullptr)(held);
  }
  bytes_until_look = next_look(held, watch->limit_);
}

MemoryWatch::MemoryWatch(uint64_t limit, std::function<void(uint64_t)> on_runaway)
    : limit_(limit), on_runaway_(std::move(on_runaway)) {
  SQUALL_CHECK(current == nullptr && limit <= (uint64_t{1} << 60));
  if (limit_ == 0 || the_meter == nullptr) return;
  current = this;
  // What was counted in the case before still bounds what is held now.
  if (std::exchange(counted_for, limit_) != limit_) bytes_until_look = 0;
}

MemoryWatch::~MemoryWatch() {
  if (current == this) current = nullptr;
}

}  // namespace squall::campaign
