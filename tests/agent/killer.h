// When a life of the agent is to end: some time after a moment of its own story.
#pragma once

#include <array>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>

#include "base/random.h"
#include "base/time.h"

namespace squall::measure {

enum class Moment {
  kStarted,       // the process was started
  kReady,         // it has loaded its store, and answers
  kRequest,       // a client sends a request
  kCallArrives,   // the cloud gets a call
  kCallExecuted,  // the cloud has carried it out, and the answer has not left
};
inline constexpr size_t kMoments = 5;
std::string_view to_string(Moment moment);

struct Strike {
  Moment moment = Moment::kStarted;
  uint64_t number = 1;  // the how many-th of the life
  Duration delay{};     // after it
};
// 1 to 60 ms after a moment that is drawn.
Strike draw_strike(Random& random);

// One life's.
class Killer {
 public:
  // `strike_now` is called once, from a thread of its own, unless the Killer is destroyed before.
  Killer(const Strike& strike, std::function<void()> strike_now);
  // From any thread.
  void note(Moment moment);

 private:
  void run(const std::stop_token& stopping);

  const Strike strike_;
  const std::function<void()> strike_now_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::array<uint64_t, kMoments> seen_{};
  std::jthread thread_;  // the last member: it uses the others
};

}  // namespace squall::measure
