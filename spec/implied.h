// What a patch asks for without saying it (docs/rules.md §4 "What a patch leaves out").
#pragma once

#include <functional>

#include "documents/forma.h"
#include "documents/json.h"
#include "documents/schema.h"

namespace squall::spec {

// What the forma says, and besides the members of `declared` that it leaves out and that refer to
// somebody who is planned as create or replace. declared: the row's; {} where there is none.
JsonObject with_implied(const JsonObject& said, const JsonObject& declared, const Schema& schema,
                        const std::function<bool(const ResourceIdentity&)>& is_made_anew);

}  // namespace squall::spec
