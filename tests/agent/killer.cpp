#include "tests/agent/killer.h"

#include <utility>

namespace squall::measure {
namespace {

constexpr uint64_t kLongestDelay_ms = 60;
// A load that comes to nothing must not keep a life for ever.
constexpr auto kPatience = std::chrono::seconds(3);

}  // namespace

std::string_view to_string(Moment moment) {
  switch (moment) {
    case Moment::kStarted:
      return "start";
    case Moment::kReady:
      return "ready";
    case Moment::kRequest:
      return "request";
    case Moment::kCallArrives:
      return "call arrives";
    case Moment::kCallExecuted:
      return "call executed";
  }
  return "";
}

Strike draw_strike(Random& random) {
  Strike out;
  out.moment = static_cast<Moment>(random.below(kMoments));
  switch (out.moment) {
    case Moment::kStarted:
    case Moment::kReady:
      break;
    case Moment::kRequest:
      out.number = 1 + random.below(8);
      break;
    case Moment::kCallArrives:
    case Moment::kCallExecuted:
      out.number = 1 + random.below(40);
      break;
  }
  // Half of them at once: what is being done at that moment is cut.
  const bool at_once = random.chance(500) && out.number > 1;
  const uint64_t most_us = (at_once ? 1 : kLongestDelay_ms) * 1000;
  out.delay = Duration(random.below(most_us));
  return out;
}

Killer::Killer(const Strike& strike, std::function<void()> strike_now)
    : strike_(strike),
      strike_now_(std::move(strike_now)),
      thread_([this](const std::stop_token& stopping) { run(stopping); }) {}

void Killer::note(Moment moment) {
  {
    const std::scoped_lock lock(mutex_);
    ++seen_[static_cast<size_t>(moment)];
  }
  changed_.notify_all();
}

void Killer::run(const std::stop_token& stopping) {
  std::unique_lock lock(mutex_);
  const auto seen = [this] { return seen_[static_cast<size_t>(strike_.moment)] >= strike_.number; };
  changed_.wait_for(lock, stopping, kPatience, seen);
  changed_.wait_for(lock, stopping, strike_.delay, [] { return false; });
  lock.unlock();
  if (!stopping.stop_requested()) strike_now_();
}

}  // namespace squall::measure
