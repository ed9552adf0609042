// Squall's provider inside the harness, for the command lines to attach to: one unix socket per run
// of a command line, so that every call to the cloud is known to be that run's.
//
//     auto server = ReattachServer::start(cloud);
//     auto run = (*server)->open_run("apply-1");
//     … start terraform with TF_REATTACH_PROVIDERS = run->reattach, and wait for it …
//     (*server)->close_run("apply-1");
//
// The sockets are in a folder of their own, mode 0700, which goes with the server.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "documents/provider_answer.h"
#include "provider/shared_cloud.h"

namespace squall::tfplugin {

// By what the configuration names the provider: required_providers { squall = { source = … } }.
inline constexpr std::string_view kProviderSource = "squall.test/local/squall";

// A call to the cloud that the provider of a run makes.
struct CallPoint {
  enum class When { kBeforeCall, kAfterCall };  // after: the cloud has carried it out
  std::optional<CallKind> call;                 // nullopt: any
  std::string label;                            // "": any
  uint32_t nth = 1;                             // of the calls that fit, from now on
  When when = When::kBeforeCall;
};

class ReattachServer {
 public:
  // The cloud must outlive the server. parent: where the folder with the sockets is made (see
  // SocketFolder::make); whoever sweeps that also sweeps what a killed harness left.
  static Result<std::unique_ptr<ReattachServer>> start(SharedCloud& cloud,
                                                       const std::string& parent = "");
  // Ends all runs.
  ~ReattachServer();
  ReattachServer(const ReattachServer&) = delete;
  ReattachServer& operator=(const ReattachServer&) = delete;

  struct Run {
    std::string address;   // the socket's path
    std::string reattach;  // what TF_REATTACH_PROVIDERS is to say
  };
  // run: the `caller` of the run's calls in the cloud's log; their `connection` is the number of
  // the run, from 1. One run of a command line each: create tokens are made from it. An error where
  // a run of this name is open, or the socket cannot be made.
  Result<Run> open_run(const std::string& run);
  // Cuts what is still connected, ends what the provider is at, and gives what it has told, in that
  // order; where it died, an answer about nothing says so. No such run: nothing to do.
  std::vector<ProviderAnswer> close_run(const std::string& run);

  // The provider of a run crashes, now or at a later call: its connections break, its socket is
  // gone. Errors where there is no such run.
  Result<void> kill_run(const std::string& run);
  Result<void> arm_kill(const std::string& run, const CallPoint& point);
  // The same for anything else that is to strike then: it is called once, in the call's thread, and
  // the call goes on when it returns. One is armed at a time: the last.
  Result<void> arm(const std::string& run, const CallPoint& point, std::function<void()> strike);
  bool is_killed(const std::string& run) const;

  const std::string& folder() const;

 private:
  struct Impl;
  explicit ReattachServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace squall::tfplugin
