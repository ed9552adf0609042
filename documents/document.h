// A document as rows, requests, replies and views hold it: the members of one JSON object, shared
// by all copies and never changed once made. So a copy costs a reference count, whoever took one is
// safe from what becomes of the original, and two copies of one document are told to be the same
// without looking into them (same() in documents/json.h compares addresses first).
//
// To change much, make an object of it, change that, and make a document of the object again.
#pragma once

#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <string_view>
#include <utility>

#include "documents/json.h"

namespace squall {

class Document {
 public:
  Document() = default;  // {}
  // These conversions are meant to happen unasked: a document is what an object becomes when it is
  // handed on.
  Document(JsonObject members) : members_(std::make_shared<const JsonObject>(std::move(members))) {}
  // Shares the object. null: {}.
  Document(std::shared_ptr<const JsonObject> members) : members_(std::move(members)) {}
  Document(
      std::initializer_list<std::pair<boost::json::string_view, boost::json::value_ref>> members)
      : Document(JsonObject(members)) {}

  operator const JsonObject&() const { return **this; }
  const JsonObject& operator*() const { return members_ == nullptr ? nothing() : *members_; }
  const JsonObject* operator->() const { return &**this; }

  JsonObject::const_iterator begin() const { return (**this).begin(); }
  JsonObject::const_iterator end() const { return (**this).end(); }
  size_t size() const { return (**this).size(); }
  bool empty() const { return size() == 0; }
  bool contains(std::string_view key) const { return (**this).contains(key); }
  const Json* if_contains(std::string_view key) const { return (**this).if_contains(key); }
  const Json& at(std::string_view key) const { return (**this).at(key); }

  // Makes this another document, with that member or without it. Copies keep what they have.
  void set(std::string_view key, Json value);
  void erase(std::string_view key);

  // Is it a copy of `other`? Documents that are not may be equal all the same.
  bool is_copy_of(const Document& other) const { return &**this == &*other; }

  friend bool operator==(const Document& a, const Document& b) {
    return a.is_copy_of(b) || *a == *b;
  }
  friend bool operator==(const Document& a, const JsonObject& b) { return *a == b; }
  friend std::ostream& operator<<(std::ostream& out, const Document& document);

 private:
  static const JsonObject& nothing();

  std::shared_ptr<const JsonObject> members_;  // null: {}
};

}  // namespace squall
