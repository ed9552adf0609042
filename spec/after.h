// What documents become when a desired document is applied to them (docs/rules.md §2 and §3). Pure
// functions; a reference counts as a scalar, so documents may be resolved or not.
#pragma once

#include "documents/command.h"
#include "documents/document.h"
#include "documents/schema.h"

namespace squall::spec {

// The document the cloud must hold once the difference of `actual` and `wanted` was applied.
// Members outside Fields take no part: those of `actual` stay, those of `wanted` are ignored.
// WriteOnly values count like any other, so a document that comes from reads is to be completed
// first: after(with_write_only(actual, values, schema), …). What RequiredOnUpdate sends along is
// what the cloud holds already, so it shows nowhere.
JsonObject after(const JsonObject& actual, const JsonObject& wanted, Mode mode,
                 const Schema& schema);

// Is there nothing to apply? values: the row's, for the WriteOnly values that reads do not show.
bool difference_is_empty(const JsonObject& actual, const JsonObject& values,
                         const JsonObject& wanted, Mode mode, const Schema& schema);

// What a row's `declared` becomes when `desired` was applied: N(desired) in reconcile, merged into
// what was declared before in patch. The same function serves `values`, given the same documents
// resolved. before: {} where there is no row.
Document declared_after(const JsonObject& before, const Document& desired, Mode mode,
                        const Schema& schema);

}  // namespace squall::spec
