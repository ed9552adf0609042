// Where in a document its references stand: the hints of the fields around each decide whether a
// change replaces its consumer, which way a delete goes, and what may be told.
#pragma once

#include <functional>

#include "documents/forma.h"
#include "documents/schema.h"

namespace squall::engine {

// What the field that holds a reference says, or the innermost field around it that says anything.
struct Place {
  bool create_only = false;
  bool opaque = false;
  EdgeKind edge = EdgeKind::kDefault;
};

// Visits every reference of `document`, depth first, members in their own order.
void for_each_placed_reference(const Schema& schema, const JsonObject& document,
                               const std::function<void(const Place&, const Reference&)>& visit);

}  // namespace squall::engine
