// The simulated cloud as a provider of the reference engine: hands every call on as it is, and
// keeps no state of its own, so that nothing is lost when its process is killed.
#pragma once

#include <memory>

#include "provider/cloud_access.h"
#include "provider/plugin/resource_provider.h"

namespace squall {

class CloudProvider final : public plugin::ResourceProvider {
 public:
  // rate_per_second: what it announces; see Description.
  explicit CloudProvider(std::shared_ptr<CloudAccess> cloud, uint32_t rate_per_second = 0)
      : cloud_(std::move(cloud)), rate_per_second_(rate_per_second) {}

  Result<plugin::Description> describe() override;
  ProviderReply create(const ProviderRequest& request, const plugin::CallContext& context) override;
  ProviderReply settle(const ProviderRequest& request, const plugin::CallContext& context) override;
  ProviderReply read(const ProviderRequest& request, const plugin::CallContext& context) override;
  ProviderReply update(const ProviderRequest& request, const plugin::CallContext& context) override;
  ProviderReply remove(const ProviderRequest& request, const plugin::CallContext& context) override;
  ProviderReply status(const ProviderRequest& request, const plugin::CallContext& context) override;
  ProviderReply list(const ProviderRequest& request, const plugin::CallContext& context) override;

 private:
  ProviderReply hand_on(const ProviderRequest& request, const plugin::CallContext& context);

  const std::shared_ptr<CloudAccess> cloud_;
  const uint32_t rate_per_second_;
};

}  // namespace squall
