#include "documents/enum_text.h"
#include "engine_under_test/engine_under_test.h"

namespace squall {

std::string_view to_string(StoreDamage damage) {
  static constexpr EnumTable<StoreDamage, kStoreDamages> kTexts = {{
      {StoreDamage::kEmptied, "emptied"},
      {StoreDamage::kUnreadable, "unreadable"},
      {StoreDamage::kWentBack, "went-back"},
      {StoreDamage::kExchanged, "exchanged"},
      {StoreDamage::kSaveRefused, "save-refused"},
      {StoreDamage::kMixedUp, "mixed-up"},
  }};
  static_assert(in_order(kTexts));
  return text_in(kTexts, damage);
}

}  // namespace squall
