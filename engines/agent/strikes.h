// Carries out armed crashes at the calls that the cloud sees: the one place where a process that is
// not ours to look into can be caught at a moment of one's choice.
//
// on_call() comes in the threads of the cloud's server; everything else in that of the harness.
// Nothing strikes but while time passes: a call at which something would strike waits until then.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

#include "base/time.h"
#include "engine_under_test/engine_under_test.h"
#include "provider/cloud_server/cloud_server.h"

namespace squall::engines {

class Strikes {
 public:
  // What strikes: called once per strike, from a thread of the cloud's server, or from pass().
  struct Blows {
    std::function<void()> kill_engine;
    std::function<void()> kill_provider;
  };
  explicit Strikes(Blows blows) : blows_(std::move(blows)) {}

  // Is this a moment that it can carry out?
  static bool knows(CrashMoment moment);

  // Counting starts now. REQUIRES: knows(point.moment).
  void arm(const CrashPoint& point);
  void disarm();
  // The engine lives for the nth time: what is armed for its recovery counts from here on. Until
  // time passes for the first time, by release(), no call gets further than its arrival: so what
  // the engine says of itself until then is what it found in its store.
  void begin_life(uint64_t life);
  void release();
  // That life is over: nobody of it waits any more.
  void end_life();

  // CloudServer::Options::on_call.
  bool on_call(CallStage stage, const ProviderRequest& request);

  // Time passes from open() to close(). The blow that comes after an answer strikes here, once the
  // answer has had its time to get there.
  void open();
  void close();
  void pass();

  // How often each moment struck.
  std::vector<std::pair<CrashMoment, uint64_t>> struck() const;
  void reset();

 private:
  struct Armed {
    CrashPoint point;
    uint64_t life = 0;  // in which it was armed
    uint32_t seen = 0;
    bool struck = false;
  };
  // The first armed point that this call is the nth of.
  Armed* due(CallStage stage, const ProviderRequest& request);
  bool strike(CallStage stage, const ProviderRequest& request);
  void note(CrashMoment moment);

  const Blows blows_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Armed> armed_;
  std::vector<std::pair<CrashMoment, uint64_t>> struck_;
  std::vector<Instant> delayed_;  // when the blows that come after an answer strike
  uint64_t life_ = 0;             // that goes on; 0: none does
  uint64_t last_life_ = 0;        // that goes on, or went on last
  bool open_ = false;
  bool held_ = false;
};

}  // namespace squall::engines
