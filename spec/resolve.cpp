#include "spec/resolve.h"

#include <algorithm>
#include <utility>

namespace squall::spec {

namespace {

void collect(const Json& value, std::vector<ResourceIdentity>& out) {
  if (std::optional<Reference> reference = as_reference(value)) {
    out.push_back(std::move(reference->producer));
    return;
  }
  if (const JsonObject* object = value.if_object()) {
    for (const auto& entry : *object) collect(entry.value(), out);
  } else if (const JsonArray* array = value.if_array()) {
    for (const Json& element : *array) collect(element, out);
  }
}

void collect(const JsonObject& document, std::vector<ResourceIdentity>& out) {
  for (const auto& entry : document) collect(entry.value(), out);
}

void sort_and_unite(std::vector<ResourceIdentity>& identities) {
  std::sort(identities.begin(), identities.end());
  identities.erase(std::unique(identities.begin(), identities.end()), identities.end());
}

}  // namespace

std::vector<ResourceIdentity> producers_in(const JsonObject& document) {
  std::vector<ResourceIdentity> out;
  collect(document, out);
  sort_and_unite(out);
  return out;
}

std::vector<ResourceIdentity> producers_of(const BelievedRow& row) {
  std::vector<ResourceIdentity> out;
  collect(row.declared, out);
  if (row.unsettled) {
    // `wanted` is resolved; its references are those of the document it was resolved from.
    collect(row.unsettled->wanted, out);
    collect(row.unsettled->declared, out);
  }
  sort_and_unite(out);
  return out;
}

bool has_reference(const Json& value) {
  std::vector<ResourceIdentity> found;
  collect(value, found);
  return !found.empty();
}

Resolved resolve(const JsonObject& document, const Lookup& lookup) {
  Resolved out;
  out.document =
      with_references_replaced(document, [&](const Reference& reference) -> std::optional<Json> {
        std::optional<Json> value = lookup(reference);
        if (!value) out.complete = false;
        return value;
      });
  return out;
}

Json property_of(const BelievedRow& row, std::string_view property) {
  if (const Json* writable = row.actual.if_contains(property)) return *writable;
  if (const Json* read_only = row.read_only.if_contains(property)) return *read_only;
  return nullptr;
}

JsonObject resolve_from_rows(const JsonObject& document, const BelievedRows& rows) {
  const auto lookup = [&](const Reference& reference) -> std::optional<Json> {
    const BelievedRow* row = find_row(rows, reference.producer);
    return row == nullptr ? Json(nullptr) : property_of(*row, reference.property);
  };
  return resolve(document, lookup).document;
}

}  // namespace squall::spec
