// A cloud in this process, shared by threads and brought to real time: what a fault's Delivery says
// (latency, a lost reply, a hang, a late or repeated execution) happens when it says so. Calls that
// their callers gave up go on: messages belong to the world.
//
// The cloud is the owner's, who from now on touches it inside locked() only.
#pragma once

#include <functional>
#include <memory>

#include "cloud/cloud.h"
#include "provider/cloud_access.h"

namespace squall {

class SharedCloud final : public CloudAccess {
 public:
  // The cloud must outlive this.
  explicit SharedCloud(cloud::Cloud& cloud);
  // What is still to happen never does. REQUIRES: nobody is calling.
  ~SharedCloud() override;
  SharedCloud(const SharedCloud&) = delete;
  SharedCloud& operator=(const SharedCloud&) = delete;

  const std::vector<ResourceType>& types() const override;
  CloudTraits traits() const override;
  Instant now() const override;
  ProviderReply call(const ProviderRequest& request, const Patience& patience) override;
  // A call that arrives, so that it is on record, and is never carried out, nor answered.
  void lose(const ProviderRequest& request);

  // Runs `use` while nobody else touches the cloud, whose time is now. `use` must not call back.
  // (Nor reset the cloud: that is for reset().)
  void locked(const std::function<void(cloud::Cloud&)>& use);
  // Cloud::reset(), and nothing of what was still to happen does: calls that wait get no answer.
  void reset();

  // Executions and answers that are still to come or are just leaving, and calls at a closed gate.
  size_t pending() const;
  // Waits until there are none, at most so long. Is it so?
  bool wait_until_idle(Duration at_most);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace squall
