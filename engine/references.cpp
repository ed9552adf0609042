#include "engine/references.h"

#include "engine/normal_form.h"

namespace squall::engine {

namespace {

class Walk {
 public:
  Walk(const Schema& schema, const std::function<void(const Place&, const Reference&)>& visit)
      : schema_(schema), visit_(visit) {}

  void members(const JsonObject& object, const Place& around) {
    for (const auto& entry : object) {
      if (!entry.value().is_structured()) continue;
      const HintPath::Scope scope(path_, entry.key());
      const FieldHint& hint = schema_.hint(path_.text());
      Place place = around;
      place.create_only = around.create_only || hint.create_only;
      place.opaque = around.opaque || hint.opaque;
      if (hint.edge != EdgeKind::kDefault) place.edge = hint.edge;
      value(entry.value(), place);
    }
  }

 private:
  void value(const Json& in, const Place& place) {
    if (const JsonObject* object = in.if_object()) {
      if (const std::optional<Reference> reference = as_reference(in)) {
        visit_(place, *reference);
      } else {
        members(*object, place);
      }
    } else if (const JsonArray* array = in.if_array()) {
      for (const Json& element : *array) value(element, place);
    }
  }

  const Schema& schema_;
  const std::function<void(const Place&, const Reference&)>& visit_;
  HintPath path_;
};

}  // namespace

void for_each_placed_reference(const Schema& schema, const JsonObject& document,
                               const std::function<void(const Place&, const Reference&)>& visit) {
  Walk(schema, visit).members(document, {});
}

}  // namespace squall::engine
