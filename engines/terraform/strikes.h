// What strikes a run of the command line as it makes a call: signals to it, or the death of its
// provider.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engine_under_test/engine_under_test.h"
#include "engines/terraform/cli.h"
#include "provider/tfplugin/reattach_server.h"

namespace squall::terraform {

// What was done to a run, from the thread of the call that it struck at.
struct Struck {
  std::atomic<bool> killed = false;
  std::atomic<bool> interrupted = false;
  std::atomic<bool> abandoned = false;
  // Changes that the run is still to report before it is killed; 0: it is not waited for that.
  uint32_t reports_left = 0;
  std::mutex mutex;
  std::optional<RivalRun> rival;  // that has come to its end meanwhile
};

// Has the run `id` struck as the crash says. cli: that run; it outlives the provider's part of it.
Result<void> arm(const CrashPoint& crash, tfplugin::ReattachServer& provider, const std::string& id,
                 RunningCli& cli, const std::shared_ptr<Struck>& struck);

}  // namespace squall::terraform
