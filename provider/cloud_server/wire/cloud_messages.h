// Between what the cloud says of itself and the messages of proto/squall/cloud/v1. Heavy: for wire/
// only.
#pragma once

#include <vector>

#include "base/result.h"
#include "documents/resource_type.h"
#include "proto/squall/cloud/v1/cloud.pb.h"
#include "provider/cloud_access.h"

namespace squall::cloud_server {

void write(const ResourceType& type, cloud::v1::ResourceType* out);
// The error names what cannot be read.
Result<std::vector<ResourceType>> read(const cloud::v1::TypesResponse& message);

void write(const CloudTraits& traits, Instant now, cloud::v1::TraitsResponse* out);
CloudTraits read(const cloud::v1::TraitsResponse& message);

}  // namespace squall::cloud_server
