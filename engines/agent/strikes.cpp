#include "engines/agent/strikes.h"

#include <algorithm>
#include <chrono>

#include "base/check.h"

namespace squall::engines {
namespace {

// Time enough for an answer to reach the engine, and not always enough for the commit that
// follows.
constexpr Duration kAnswerTravels = std::chrono::microseconds(700);

Instant now() {
  return Instant(
      std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

// At which stage of a call a moment is counted and strikes.
std::optional<CallStage> stage_of(CrashMoment moment) {
  switch (moment) {
    case CrashMoment::kBeforeCallApplied:
    case CrashMoment::kDuringRecovery:
      return CallStage::kArrived;
    case CrashMoment::kAfterCallApplied:
    case CrashMoment::kProviderDies:
      return CallStage::kExecuted;
    case CrashMoment::kAfterAnswer:
      return CallStage::kAnswered;
    default:
      return std::nullopt;
  }
}

}  // namespace

bool Strikes::knows(CrashMoment moment) { return stage_of(moment).has_value(); }

void Strikes::arm(const CrashPoint& point) {
  SQUALL_CHECK(knows(point.moment));
  const std::scoped_lock lock(mutex_);
  armed_.push_back({.point = point, .life = last_life_});
}

void Strikes::disarm() {
  const std::scoped_lock lock(mutex_);
  armed_.clear();
  changed_.notify_all();
}

void Strikes::begin_life(uint64_t life) {
  const std::scoped_lock lock(mutex_);
  life_ = life;
  last_life_ = life;
  held_ = true;
  delayed_.clear();
}

void Strikes::release() {
  const std::scoped_lock lock(mutex_);
  held_ = false;
  changed_.notify_all();
}

void Strikes::end_life() {
  const std::scoped_lock lock(mutex_);
  life_ = 0;
  delayed_.clear();
  changed_.notify_all();
}

Strikes::Armed* Strikes::due(CallStage stage, const ProviderRequest& request) {
  for (Armed& each : armed_) {
    if (each.struck || stage_of(each.point.moment) != stage) continue;
    const bool recovers = each.point.moment == CrashMoment::kDuringRecovery;
    if (recovers && request.connection <= each.life) continue;
    if (++each.seen == each.point.nth) return &each;
  }
  return nullptr;
}

bool Strikes::on_call(CallStage stage, const ProviderRequest& request) {
  const bool goes_on = strike(stage, request);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !held_ || request.connection != life_; });
  return goes_on;
}

bool Strikes::strike(CallStage stage, const ProviderRequest& request) {
  std::unique_lock lock(mutex_);
  // What an earlier life sent says nothing of this one.
  if (request.connection != life_) return true;
  Armed* found = due(stage, request);
  if (found == nullptr) return true;
  const CrashPoint point = found->point;
  changed_.wait(lock, [this, &point, &request] {
    return open_ || request.connection != life_ ||
           std::ranges::none_of(
               armed_, [&](const Armed& each) { return !each.struck && each.point == point; });
  });
  const auto again = std::ranges::find_if(armed_, [&](const Armed& each) {
    return !each.struck && each.point == point && each.seen >= point.nth;
  });
  if (again == armed_.end() || request.connection != life_) return true;
  again->struck = true;
  note(point.moment);
  if (point.moment == CrashMoment::kAfterAnswer) {
    delayed_.push_back(now() + kAnswerTravels);
    return true;
  }
  if (point.moment == CrashMoment::kProviderDies) {
    blows_.kill_provider();
  } else {
    blows_.kill_engine();
  }
  return stage != CallStage::kExecuted;
}

void Strikes::open() {
  const std::scoped_lock lock(mutex_);
  open_ = true;
  changed_.notify_all();
}

void Strikes::close() {
  const std::scoped_lock lock(mutex_);
  open_ = false;
}

void Strikes::pass() {
  const std::scoped_lock lock(mutex_);
  const Instant time = now();
  const size_t before = delayed_.size();
  std::erase_if(delayed_, [time](Instant due) { return due <= time; });
  if (delayed_.size() != before) blows_.kill_engine();
}

void Strikes::note(CrashMoment moment) {
  for (auto& [known, count] : struck_) {
    if (known != moment) continue;
    ++count;
    return;
  }
  struck_.emplace_back(moment, 1);
}

std::vector<std::pair<CrashMoment, uint64_t>> Strikes::struck() const {
  const std::scoped_lock lock(mutex_);
  return struck_;
}

void Strikes::reset() {
  const std::scoped_lock lock(mutex_);
  armed_.clear();
  struck_.clear();
  delayed_.clear();
  last_life_ = 0;
  changed_.notify_all();
}

}  // namespace squall::engines
