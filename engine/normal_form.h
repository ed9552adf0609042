// Normal form N (docs/rules.md §1): what remains of a document once everything that says nothing is
// gone. All comparison is on N.
//
// Paths are those of hints: "Tags", "Settings.Level"; elements of a collection have the
// collection's path, members of an element "Collection.Member".
#pragma once

#include <string>
#include <string_view>

#include "documents/document.h"
#include "documents/schema.h"

namespace squall::engine {

// A path that grows and shrinks with a walk through a document.
class HintPath {
 public:
  const std::string& text() const { return text_; }
  bool top() const { return text_.empty(); }

  // Descends into a member until the end of the scope.
  class Scope {
   public:
    Scope(HintPath& path, std::string_view member) : path_(path), size_(path.text_.size()) {
      if (size_ > 0) path_.text_ += '.';
      path_.text_ += member;
    }
    ~Scope() { path_.text_.resize(size_); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    HintPath& path_;
    size_t size_;
  };

 private:
  std::string text_;
};

// Is `value` a reference ({"$res":true,…})? One counts as a scalar.
bool is_reference(const Json& value);
// Does `value` hold a reference anywhere?
bool holds_reference(const Json& value);
bool holds_reference(const JsonObject& object);

// N with the order of collections kept: what is stored, and what a create sends. The document
// itself where that is what it is already.
Document normal_form(const Schema& schema, const Document& document);
Json normal_form_at(const Schema& schema, HintPath& path, const Json& value);

// null, [] or {}: dropped as a member of an object.
bool says_nothing(const Json& value);

// N(a) = N(b)?
bool equal(const Schema& schema, const JsonObject& a, const JsonObject& b);
bool equal_at(const Schema& schema, HintPath& path, const Json& a, const Json& b);

// The same for documents of which one was read: without WriteOnly fields and without properties
// that are no fields.
bool equal_as_read(const Schema& schema, const JsonObject& a, const JsonObject& b);

// The text by which elements of a Set, or keys of an EntitySet, are equal.
std::string comparison_key(const Schema& schema, HintPath& path, const Json& value);

}  // namespace squall::engine
