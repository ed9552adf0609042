#include "provider/cloud_provider.h"

#include "documents/resource_type.h"

namespace squall {

using plugin::CallContext;

Result<plugin::Description> CloudProvider::describe() {
  const CloudTraits traits = cloud_->traits();
  return plugin::Description{.name = "squall",
                             .schemas = schemas_of(cloud_->types()),
                             .rate_per_second = rate_per_second_,
                             .create_tokens = traits.create_tokens,
                             .versions = traits.versions,
                             .consistency_window = traits.consistency_window};
}

ProviderReply CloudProvider::hand_on(const ProviderRequest& request, const CallContext& context) {
  Patience patience;
  patience.deadline = context.deadline;
  patience.killed = context.canceled;
  return cloud_->call(request, patience);
}

ProviderReply CloudProvider::create(const ProviderRequest& request, const CallContext& context) {
  return hand_on(request, context);
}
ProviderReply CloudProvider::settle(const ProviderRequest& request, const CallContext& context) {
  return hand_on(request, context);
}
ProviderReply CloudProvider::read(const ProviderRequest& request, const CallContext& context) {
  return hand_on(request, context);
}
ProviderReply CloudProvider::update(const ProviderRequest& request, const CallContext& context) {
  return hand_on(request, context);
}
ProviderReply CloudProvider::remove(const ProviderRequest& request, const CallContext& context) {
  return hand_on(request, context);
}
ProviderReply CloudProvider::status(const ProviderRequest& request, const CallContext& context) {
  return hand_on(request, context);
}
ProviderReply CloudProvider::list(const ProviderRequest& request, const CallContext& context) {
  return hand_on(request, context);
}

}  // namespace squall
