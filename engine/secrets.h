// Opaque values: sealed at the border of the engine, opened again only in what is sent to the
// provider, shown to nobody. A sealed one is {"$opaque": S}, whatever it was before. docs/rules.md
// §1.
#pragma once

#include "documents/document.h"
#include "documents/schema.h"
#include "engine/env.h"

namespace squall::engine {

bool has_secrets(const Schema& schema);

// Seals every Opaque value of a document that comes from outside, also one that looks sealed. A
// reference stays one; its value is sealed once it is known.
void seal_incoming(Env& env, const Schema& schema, Document& document);
// The same for a document of our own whose references were resolved: what is sealed stays so.
void seal_resolved(Env& env, const Schema& schema, JsonObject& document);

// For what is sent: `properties` and the values of a patch in clear.
void open_outgoing(Env& env, const Schema& schema, Document& properties, JsonArray& patch);

// For what is shown: {"$opaque": true} in place of every sealed value.
void mask(const Schema& schema, Document& properties);

}  // namespace squall::engine
