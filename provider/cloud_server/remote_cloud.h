// The cloud of a CloudServer in another process, as a provider reaches it.
#pragma once

#include <memory>
#include <string>

#include "provider/cloud_access.h"

namespace squall {

// Asks for the types at once. Errors: nobody listens, or what it says makes no sense.
Result<std::shared_ptr<CloudAccess>> connect_to_cloud(const std::string& socket_path);

}  // namespace squall
