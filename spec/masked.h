// Opaque values as the inventory shows them (docs/rules.md §1). The judge knows them in clear,
// since it asked for them; only what it compares with an inventory is masked.
#pragma once

#include "documents/json.h"
#include "documents/schema.h"

namespace squall::spec {

// `document` with every Opaque value (nested ones too) replaced, as a whole, by {"$opaque": true}.
// What is null, [] or {} hides nothing and stays; of a reference its "$value" is masked.
JsonObject masked(const JsonObject& document, const Schema& schema);

}  // namespace squall::spec
