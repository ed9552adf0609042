// The part of CaseRun that changes the cloud behind the engine's back.
#include <algorithm>

#include "suite/executor.h"

namespace squall::suite {

const cloud::CloudObject* CaseRun::find_object(const cloud::CloudView& view,
                                               const std::string& label) const {
  const Slot* slot = world().find(label);
  const auto found = std::ranges::find_if(view, [&](const cloud::CloudObject& object) {
    return object.name == label && object.type == slot->type;
  });
  return found == view.end() ? nullptr : &*found;
}

bool CaseRun::modify_in_cloud(const WantedResource& wanted) {
  const cloud::CloudView view = controller_.view();
  const cloud::CloudObject* object = find_object(view, wanted.label);
  if (object == nullptr) return false;
  JsonArray patch;
  for (const auto& member : wanted.properties) {
    // A reference means nothing to the cloud.
    if (!labels_in({{"value", member.value()}}).empty()) continue;
    const std::string path = "/" + std::string(member.key());
    const bool there = object->properties.contains(member.key());
    if (!member.value().is_null()) {
      patch.push_back(JsonObject{{"op", "add"}, {"path", path}, {"value", member.value()}});
    } else if (there) {
      patch.push_back(JsonObject{{"op", "remove"}, {"path", path}});
    }
  }
  return !patch.empty() && controller_.patch(object->native_id, patch).has_value();
}

bool CaseRun::delete_in_cloud(const std::string& label) {
  const cloud::CloudView view = controller_.view();
  const cloud::CloudObject* object = find_object(view, label);
  return object != nullptr && controller_.remove(object->native_id).has_value();
}

}  // namespace squall::suite
