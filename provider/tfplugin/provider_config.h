// The provider's own configuration: `provider "squall" { … }`.
#pragma once

#include <memory>
#include <string>

#include "provider/cloud_access.h"
#include "provider/tfplugin/operation.h"
#include "provider/tfplugin/schema.h"
#include "provider/tfplugin/service.h"

namespace squall::tfplugin {

struct Configured {
  std::shared_ptr<CloudAccess> cloud;  // filled in by who opens it
  std::string cloud_file;
  std::string target = "default";
  RetryPolicy policy;
};

const Block& provider_block();

// While a configuration is only validated, values may be unknown still.
enum class WhenUnknown { kAccept, kRefuse };
Result<Configured> read_provider_config(const Value& config, WhenUnknown when_unknown);

Diagnostics not_configured();

}  // namespace squall::tfplugin
