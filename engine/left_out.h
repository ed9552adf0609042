// What a patch says nothing of, and yet has to follow: members declared before that refer to what
// the same patch makes anew. docs/rules.md §4 "What a patch leaves out".
#pragma once

#include <functional>
#include <optional>

#include "documents/forma.h"
#include "documents/schema.h"

namespace squall::engine {

using IsMadeAnew = std::function<bool(const ResourceIdentity&)>;

// `desired` together with those members of `declared`; nullopt where there are none.
std::optional<JsonObject> with_left_out(const Schema& schema, const JsonObject& declared,
                                        const JsonObject& desired, const IsMadeAnew& is_made_anew);

}  // namespace squall::engine
