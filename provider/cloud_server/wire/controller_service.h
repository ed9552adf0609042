// The cloud's control interface as a gRPC service. Heavy: for wire/ only.
#pragma once

#include <grpcpp/impl/service_type.h>

#include <memory>

#include "provider/shared_cloud.h"

namespace squall::cloud_server {

// The cloud must outlive the service.
std::unique_ptr<grpc::Service> make_controller_service(SharedCloud& cloud);

}  // namespace squall::cloud_server
