#include "engines/terraform/strikes.h"

namespace squall::terraform {

Result<void> arm(const CrashPoint& crash, tfplugin::ReattachServer& provider, const std::string& id,
                 RunningCli& cli, const std::shared_ptr<Struck>& struck) {
  if (crash.moment == CrashMoment::kAfterAnswer) {
    struck->reports_left = crash.nth;
    return {};
  }
  const bool is_after = crash.moment == CrashMoment::kAfterCallApplied;
  tfplugin::CallPoint point;
  point.nth = crash.nth;
  point.when =
      is_after ? tfplugin::CallPoint::When::kAfterCall : tfplugin::CallPoint::When::kBeforeCall;
  const auto strike = [&](std::atomic<bool> Struck::* mark, void (*what)(RunningCli&)) {
    return provider.arm(id, point, [cli = &cli, struck, mark, what] {
      (*struck).*mark = true;
      what(*cli);
    });
  };
  switch (crash.moment) {
    case CrashMoment::kProviderDies:
      point.when = tfplugin::CallPoint::When::kAfterCall;
      return provider.arm_kill(id, point);
    case CrashMoment::kInterrupted:
      return strike(&Struck::interrupted, [](RunningCli& run) { run.interrupt(); });
    case CrashMoment::kAbandoned:
      return strike(&Struck::abandoned, [](RunningCli& run) { run.interrupt_twice(); });
    default:
      return strike(&Struck::killed, [](RunningCli& run) { run.kill(); });
  }
}

}  // namespace squall::terraform
