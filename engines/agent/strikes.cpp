#include "engines/agent/strikes.h"

#include <algorithm>
#include <chrono>

#include "base/check.h"

namespace squall::engines {
namespace {

// Time enough for an answer to reach the engine, and not always enough for the commit that
// follows.
constexpr Duration kAnswerTravels = std::chrono::microseconds(700);
// So long after the last call came, the engine has said what it has to say to the answers it has
// heard, also where it pauses between two polls. What it says later all the same, AgentEngine finds
// out.
constexpr Duration kQuiet = std::chrono::milliseconds(15);

Instant now() {
  return Instant(
      std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

// At which stage of a call a moment is counted and strikes.
std::optional<CallStage> stage_of(CrashMoment moment) {
  switch (moment) {
    case CrashMoment::kBeforeCallApplied:
    case CrashMoment::kDuringRecovery:
    case CrashMoment::kProviderLosesCall:
    case CrashMoment::kProviderHangs:
      return CallStage::kArrived;
    case CrashMoment::kAfterCallApplied:
    case CrashMoment::kProviderDies:
    case CrashMoment::kProviderStartsSlowly:
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
  forget_provider();
}

void Strikes::release() {
  const std::scoped_lock lock(mutex_);
  held_ = false;
  changed_.notify_all();
}

void Strikes::end_life() {
  const std::scoped_lock lock(mutex_);
  // Calls may have waited in vain for the next provider, and nobody is left who knows.
  if (phase_ == Phase::kRecovers && now() - phase_began_ >= patience_) blows_.lose_track();
  life_ = 0;
  delayed_.clear();
  forget_provider();
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
  if (stage == CallStage::kArrived) last_arrival_ = now();
  const uint64_t deaths = deaths_;
  changed_.wait(lock, [&] {
    if (request.connection != life_) return true;
    return !held_ && (stage != CallStage::kExecuted || may_leave(deaths));
  });
  return goes_on;
}

// An answer of a provider that has died since leaves for nowhere.
bool Strikes::may_leave(uint64_t deaths_before) const {
  return phase_ == Phase::kNone || deaths_ != deaths_before;
}

void Strikes::on_start(uint64_t life) {
  std::unique_lock lock(mutex_);
  const Duration longer = next_provider_starts_ - now();
  if (longer > Duration(0)) changed_.wait_for(lock, longer, [&] { return life != life_; });
}

void Strikes::begin(Phase phase) {
  phase_ = phase;
  phase_began_ = now();
  changed_.notify_all();
}

void Strikes::forget_provider() {
  next_provider_starts_ = {};
  begin(Phase::kNone);
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
  if (!befalls_provider(point.moment)) {
    blows_.kill_engine();
    return stage != CallStage::kExecuted;
  }
  if (phase_ == Phase::kNone) {
    blow_ = point.moment;
    begin(Phase::kDue);
  }
  return point.moment != CrashMoment::kProviderLosesCall;
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
  pass_for_provider();
}

void Strikes::pass_for_provider() {
  const Instant time = now();
  const Instant since = std::max(phase_began_, last_arrival_);
  switch (phase_) {
    case Phase::kNone:
      return;
    case Phase::kDue:
      if (time - since < kQuiet) return;
      if (blows_.is_in_step()) return strike_provider();
      if (time - since >= patience_) begin(Phase::kNone);
      return;
    case Phase::kHangs:
      if (time - phase_began_ < kProviderHang) return;
      blows_.wake_provider();
      return begin(Phase::kRecovers);
    case Phase::kRecovers:
      if (waits_for_next_provider()) return;
      // What waited so long for the next provider has little time left for its answer to travel.
      if (const bool is_late = last_arrival_ - phase_began_ >= patience_;
          is_late || !blows_.is_in_step()) {
        if (!is_late && time - since < patience_) return;
        blows_.lose_track();
      }
      return begin(Phase::kNone);
  }
}

void Strikes::strike_provider() {
  if (blow_ == CrashMoment::kProviderHangs) {
    blows_.stop_provider();
    return begin(Phase::kHangs);
  }
  blows_.kill_provider();
  ++deaths_;
  const bool slowly = blow_ == CrashMoment::kProviderStartsSlowly;
  next_provider_starts_ = now() + (slowly ? kProviderSlowStart : Duration(0));
  begin(Phase::kRecovers);
}

bool Strikes::is_busy() const {
  const std::scoped_lock lock(mutex_);
  return phase_ != Phase::kNone && !waits_for_next_provider();
}

bool Strikes::waits_for_next_provider() const {
  return phase_ == Phase::kRecovers && blow_ != CrashMoment::kProviderHangs &&
         last_arrival_ < phase_began_;
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
  forget_provider();
}

}  // namespace squall::engines
