// What the cloud keeps of a document it is given: the judge's own reading of the catalogue, apart
// from the cloud's.
#pragma once

#include "documents/resource_type.h"

namespace squall::suite {

// The document as it stands after a create (provider defaults are filled in) or an update, where
// the cloud normalises values or does not.
JsonObject kept_by_cloud(const ResourceType& type, JsonObject document, bool created,
                         bool normalises);

}  // namespace squall::suite
