// What the cloud keeps of a document it is given, and what of it are fields: the judge's own
// reading of the catalogue, apart from the cloud's.
#pragma once

#include "documents/resource_type.h"

namespace squall::suite {

// The document as it stands after a create (provider defaults are filled in) or an update, where
// the cloud normalises values or does not.
JsonObject kept_by_cloud(const ResourceType& type, JsonObject document, bool created,
                         bool normalises);

// The properties of an object that the schema lists as fields, in its order, and all others.
JsonObject fields_of(const JsonObject& all, const Schema& schema);
JsonObject others_of(const JsonObject& all, const Schema& schema);

}  // namespace squall::suite
