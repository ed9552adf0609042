// A state backend in the harness: what Terraform's and OpenTofu's `http` backend talks to
// (documented with both: GET, POST, LOCK and UNLOCK of one address). It is the truth about a state:
// every call is logged with what came of it, and calls can be made to fail, lose their reply or
// take long.
//
// It listens on 127.0.0.1, on a port of the system's choice. Each case has an address with a secret
// token in it, and each CLI run one of its own below that, so that every call has its run.
// One thread of its own serves; the functions here may be called from any thread.
//
// Locks are advisory, as in any such backend: a write with no lock id is taken (that is what
// -lock=false does), a write with the id of another lock than the one held is refused.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engine_under_test/store.h"

namespace squall::terraform {

using BackendCall = StoreOperation;
using BackendFaultKind = StoreFaultKind;
using BackendOutcome = StoreOutcome;
using BackendRecord = StoreCall;

// Strikes the nth call of its kind (from 1) that a case makes after the fault was injected, and the
// `times` - 1 calls after it. A retry of the CLI is a call.
struct BackendFault {
  BackendCall call = BackendCall::kWrite;
  BackendFaultKind kind = BackendFaultKind::kFails;
  uint32_t nth = 1;
  uint32_t times = 1;
  int status = 403;  // the CLI tries again on 5xx and 429, as often as `retries` says
  Duration delay{};
};

class StateBackend {
 public:
  static Result<std::unique_ptr<StateBackend>> start();
  // Closes every connection and the port.
  ~StateBackend();

  uint16_t port() const;

  // A case begins: no state, no lock, no faults, an empty log. The name is for one case at a time.
  void open(const std::string& name);
  // It ends: its address is gone, all of it is forgotten.
  void close(const std::string& name);

  // The environment that leads a run of the case here (TF_HTTP_ADDRESS and its fellows); the
  // configuration says no more than `backend "http" {}`, so that one `init` serves all runs. `run`:
  // letters, digits and '-'. `retries`: how often the CLI tries again, without waiting.
  // REQUIRES: open(name).
  std::map<std::string, std::string> environment(const std::string& name, const std::string& run,
                                                 int retries = 0) const;

  void inject(const std::string& name, const BackendFault& fault);
  void withdraw_faults(const std::string& name);

  std::vector<BackendRecord> log(const std::string& name) const;
  // The text of the state; empty: none.
  std::string state(const std::string& name) const;
  // Changes it behind the engine's back.
  void set_state(const std::string& name, std::string text);
  // The id of the lock; empty: not locked.
  std::string holder(const std::string& name) const;

  // Waits until no connection to the case's address is open: nothing that a run of it asked for can
  // be carried out any more. REQUIRES: no run of it is alive.
  void wait_until_quiet(const std::string& name) const;

  // Connections that are open now, and calls to addresses that are nobody's.
  size_t connections() const;
  uint64_t strangers() const;

 private:
  struct Impl;
  explicit StateBackend(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace squall::terraform
