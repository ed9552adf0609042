// The normal form N of documents (docs/rules.md §1): what two documents must agree in to count as
// equal. Pure functions; a document is the properties of one resource, by its schema.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "documents/document.h"
#include "documents/schema.h"

namespace squall::spec {

// The form documents are compared in: same(normalise(a), normalise(b)) iff N(a) = N(b). Members
// that are null, [] or {} are dropped, innermost first, but nothing is dropped inside an array;
// Sets have no duplicates and stand, as EntitySets do, in a fixed order; texts of `Format: json`
// are canonical. A reference and an Opaque value stay as they are. Members outside Fields are
// treated like any other.
JsonObject normalise(const JsonObject& document, const Schema& schema);

// N as a document to send and to keep: nothing empty and no duplicates, but collections keep their
// order and texts their spelling. The document itself where it has that form already.
Document as_sent(const Document& document, const Schema& schema);

// The same two for the value at `path` ("Tags", "Settings.Level"); an element of a collection has
// the collection's path. inside_array: nothing empty is dropped.
Json normalise_value(const Json& value, const Schema& schema, const std::string& path,
                     bool inside_array);
Json value_as_sent(const Json& value, const Schema& schema, const std::string& path,
                   bool inside_array);

// Are two documents equal as reads compare them: N of their Fields, less WriteOnly ones (nested
// ones too)?
bool same_fields(const JsonObject& a, const JsonObject& b, const Schema& schema);

// The same for the member at `path` of a document each, WriteOnly or not; nullptr: it is not there.
bool same_member(const Json* a, const Json* b, const Schema& schema, const std::string& path);

// Is N(a) = N(b), WriteOnly included? For documents that were declared, not read.
bool same_declared(const JsonObject& a, const JsonObject& b, const Schema& schema);

// null, [] or {}: what N drops as a member.
bool is_empty(const Json& value);

// An object that is looked into: no reference.
bool is_plain_object(const Json& value);

// The value at a path of a hint, through objects only; nullptr where there is none.
const Json* at_path(const JsonObject& document, std::string_view path);

// The hints of the value at `path` and of everything it stands in, the outermost first.
std::vector<const FieldHint*> hints_along(const Schema& schema, std::string_view path);

// The path of a member of the value at `path` ("" for the document itself).
std::string member_path(const std::string& path, std::string_view member);

}  // namespace squall::spec
