// Carries out armed crashes at the calls that the cloud sees: the one place where a process that is
// not ours to look into can be caught at a moment of one's choice.
//
// on_call() comes in the threads of the cloud's server; everything else in that of the harness.
// Nothing strikes but while time passes: a call at which something would strike waits until then.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "base/time.h"
#include "engine_under_test/engine_under_test.h"
#include "provider/cloud_server/cloud_server.h"

namespace squall::engines {

class Strikes {
 public:
  // What strikes: the engine's is called once per strike, from a thread of the cloud's server, or
  // from pass(); the provider's from pass() alone. They must not call back.
  struct Blows {
    std::function<void()> kill_engine;
    std::function<void()> kill_provider;
    std::function<void()> stop_provider;  // it stands still,
    std::function<void()> wake_provider;  // and goes on
    // Has the engine heard all that was answered, and has all that it called arrived?
    std::function<bool()> is_in_step;
    // That did not come to be so after a blow to the provider, or the engine died when it might not
    // have been so any more: something got lost on the way, and nobody can say what.
    std::function<void()> lose_track;
  };
  // patience: so long at least the engine waits for an answer, or for the next provider.
  Strikes(Blows blows, Duration patience) : blows_(std::move(blows)), patience_(patience) {}

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

  // CloudServer::Options::on_start.
  void on_start(uint64_t life);

  // Time passes from open() to close(). The blow that comes after an answer strikes here, once the
  // answer has had its time to get there. So do those that strike the provider. From the call on at
  // which one is due no answer leaves; it strikes once no call comes any more, because the engine
  // has nothing left to do but wait, and all is in step. So nobody is struck between two ends of a
  // socket, where nobody could say what has got through; where that moment does not come nobody is
  // struck. Answers leave again when calls have come after it, in good time, and all is in step
  // once more.
  void open();
  void close();
  void pass();
  // Something is about to strike, or to be in step: pass() is wanted often.
  bool is_busy() const;

  // How often each moment struck.
  std::vector<std::pair<CrashMoment, uint64_t>> struck() const;
  void reset();

 private:
  // What befalls the provider.
  enum class Phase {
    kNone,
    kDue,       // no answer leaves any more
    kHangs,     // it stands still
    kRecovers,  // it goes on, or another one does
  };
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
  void begin(Phase phase);  // and wakes who waits
  void forget_provider();   // the same
  void pass_for_provider();
  void strike_provider();
  bool may_leave(uint64_t deaths_before) const;
  bool waits_for_next_provider() const;

  const Blows blows_;
  const Duration patience_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Armed> armed_;
  std::vector<std::pair<CrashMoment, uint64_t>> struck_;
  std::vector<Instant> delayed_;  // when the blows that come after an answer strike
  Phase phase_ = Phase::kNone;
  CrashMoment blow_ = CrashMoment::kProviderDies;
  Instant phase_began_{};
  Instant last_arrival_{};
  uint64_t deaths_ = 0;             // of providers
  Instant next_provider_starts_{};  // not before
  uint64_t life_ = 0;               // that goes on; 0: none does
  uint64_t last_life_ = 0;          // that goes on, or went on last
  bool open_ = false;
  bool held_ = false;
};

}  // namespace squall::engines
