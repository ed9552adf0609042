// The cloud's control interface for any thread while the providers' threads use the cloud: every
// call is made inside SharedCloud::locked().
#pragma once

#include <memory>

#include "cloud/controller.h"
#include "provider/shared_cloud.h"

namespace squall {

// `cloud` must outlive what is returned.
std::unique_ptr<cloud::Controller> make_locked_controller(SharedCloud& cloud);

}  // namespace squall
