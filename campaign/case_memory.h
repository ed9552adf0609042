// How much memory a case may hold. The allocator of the process counts down, on each thread, the
// bytes that may be handed out before somebody need look again; the look itself, rare and exact,
// asks the allocator what the thread holds. What was freed in between is not counted at all, so a
// new costs two instructions more and a delete none.
//
// Only a process whose operator new calls count_allocation() and that has named a meter has limits
// of this kind: `squall` itself, but for builds with sanitizers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace squall::campaign {

// Bytes that the calling thread holds. May not allocate.
using MemoryMeter = uint64_t (*)();

// Once, before any case runs.
void set_memory_meter(MemoryMeter meter);

// What is left of them on this thread; below zero it is time to look. In an executable it has a
// place that is known when it is linked: no look-up.
[[gnu::tls_model("local-exec")]] extern constinit thread_local int64_t bytes_until_look;
void look_at_memory() noexcept;

inline void count_allocation(size_t bytes) noexcept {
  bytes_until_look -= static_cast<int64_t>(bytes);
  if (bytes_until_look < 0) [[unlikely]]
    look_at_memory();
}

// Watches the memory that the calling thread holds as long as this lives, a case at a time. A
// thread holds more than twice the limit: on_runaway, once, in the middle of an allocation; a case
// that goes that far may never end.
class MemoryWatch {
 public:
  // limit: bytes; 0: none.
  MemoryWatch(uint64_t limit, std::function<void(uint64_t held)> on_runaway);
  MemoryWatch(const MemoryWatch&) = delete;
  MemoryWatch& operator=(const MemoryWatch&) = delete;
  ~MemoryWatch();

  // The most that was held when somebody looked. That is above the limit iff more than the limit
  // was held at any time, give or take a sixty-fourth; otherwise it may be anything below.
  uint64_t peak() const { return peak_; }

 private:
  friend void look_at_memory() noexcept;

  const uint64_t limit_;
  std::function<void(uint64_t)> on_runaway_;
  uint64_t peak_ = 0;
};

}  // namespace squall::campaign
