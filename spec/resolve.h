// References: which ones a document holds, and what it says once they are replaced by values.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "documents/document.h"
#include "documents/forma.h"
#include "spec/snapshot.h"

namespace squall::spec {

// A reference and where it stands: a path as hints have it.
struct PlacedReference {
  std::string path;
  Reference reference;
};
std::vector<PlacedReference> references_in(const JsonObject& document);

// The references of a row: those of `declared` and of the unsettled document.
std::vector<PlacedReference> references_of(const BelievedRow& row);

// The producers that `document` references: sorted, each once.
std::vector<ResourceIdentity> producers_in(const JsonObject& document);
std::vector<ResourceIdentity> producers_in(const Json& value);

// The producers of references_of(row): sorted, each once.
std::vector<ResourceIdentity> producers_of(const BelievedRow& row);

// Does `value` hold a reference anywhere?
bool has_reference(const Json& value);
bool has_reference(const JsonObject& document);

// What a reference stands for; nullopt: not known yet.
using Lookup = std::function<std::optional<Json>(const Reference&)>;

struct Resolved {
  Document document;     // unknown references stay as they are
  bool complete = true;  // none is left
};
Resolved resolve(const Document& document, const Lookup& lookup);

// The property of a row that a reference asks for: of `actual`, else of `read_only`, else null.
Json property_of(const BelievedRow& row, std::string_view property);

// Every reference by what is believed of its producer; null where it has no row or no such
// property. For the moment an update runs: its producers' rows are then as they were committed.
Document resolve_from_rows(const Document& document, const BelievedRows& rows);

}  // namespace squall::spec
