#include "spec/resolve.h"

#include <algorithm>
#include <utility>

#include "spec/normalise.h"

namespace squall::spec {

namespace {

void collect(const Json& value, const std::string& path, std::vector<PlacedReference>& out);

void collect(const JsonObject& object, const std::string& path, std::vector<PlacedReference>& out) {
  for (const auto& entry : object) {
    if (entry.value().is_structured()) collect(entry.value(), member_path(path, entry.key()), out);
  }
}

void collect(const Json& value, const std::string& path, std::vector<PlacedReference>& out) {
  if (std::optional<Reference> reference = as_reference(value)) {
    out.push_back({path, *std::move(reference)});
  } else if (const JsonObject* object = value.if_object()) {
    collect(*object, path, out);
  } else if (const JsonArray* array = value.if_array()) {
    for (const Json& element : *array) collect(element, path, out);
  }
}

using IdentityList = std::vector<ResourceIdentity>;

template <class Value>
void add_producers(const Value& value, IdentityList& out) {
  for_each_reference(value, [&](const Reference& reference) { out.push_back(reference.producer); });
}

IdentityList sorted_and_unique(IdentityList identities) {
  std::sort(identities.begin(), identities.end());
  identities.erase(std::unique(identities.begin(), identities.end()), identities.end());
  return identities;
}

}  // namespace

std::vector<PlacedReference> references_in(const JsonObject& document) {
  std::vector<PlacedReference> out;
  collect(document, "", out);
  return out;
}

std::vector<PlacedReference> references_of(const BelievedRow& row) {
  std::vector<PlacedReference> out;
  collect(row.declared, "", out);
  if (row.unsettled) {
    // `wanted` is resolved; its references are those of the document it was resolved from.
    collect(row.unsettled->wanted, "", out);
    collect(row.unsettled->declared, "", out);
  }
  return out;
}

std::vector<ResourceIdentity> producers_in(const JsonObject& document) {
  IdentityList out;
  add_producers(document, out);
  return sorted_and_unique(std::move(out));
}

std::vector<ResourceIdentity> producers_in(const Json& value) {
  IdentityList out;
  add_producers(value, out);
  return sorted_and_unique(std::move(out));
}

std::vector<ResourceIdentity> producers_of(const BelievedRow& row) {
  IdentityList out;
  add_producers(row.declared, out);
  if (row.unsettled) {
    // `wanted` is resolved; its references are those of the document it was resolved from.
    add_producers(row.unsettled->wanted, out);
    add_producers(row.unsettled->declared, out);
  }
  return sorted_and_unique(std::move(out));
}

bool has_reference(const Json& value) {
  if (const JsonObject* object = value.if_object()) {
    return is_reference(value) || has_reference(*object);
  }
  const JsonArray* array = value.if_array();
  return array != nullptr && std::any_of(array->begin(), array->end(), [](const Json& element) {
           return has_reference(element);
         });
}

bool has_reference(const JsonObject& document) {
  return std::any_of(document.begin(), document.end(),
                     [](const auto& entry) { return has_reference(entry.value()); });
}

Resolved resolve(const Document& document, const Lookup& lookup) {
  Resolved out;
  if (!has_reference(document)) {
    out.document = document;
    return out;
  }
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

Document resolve_from_rows(const Document& document, const BelievedRows& rows) {
  const auto lookup = [&](const Reference& reference) -> std::optional<Json> {
    const BelievedRow* row = find_row(rows, reference.producer);
    return row == nullptr ? Json(nullptr) : property_of(*row, reference.property);
  };
  return resolve(document, lookup).document;
}

}  // namespace squall::spec
