#include "documents/document.h"

#include <ostream>

namespace squall {

const JsonObject& Document::nothing() {
  static const JsonObject kNothing;
  return kNothing;
}

void Document::set(std::string_view key, Json value) {
  JsonObject changed = **this;
  changed[key] = std::move(value);
  *this = std::move(changed);
}

void Document::erase(std::string_view key) {
  JsonObject changed = **this;
  changed.erase(key);
  *this = std::move(changed);
}

std::ostream& operator<<(std::ostream& out, const Document& document) { return out << *document; }

}  // namespace squall
